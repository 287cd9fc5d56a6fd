//! The document of a few routes, and the routes.

use axum::Router;
use axum::body::Body as AnyBody;
use axum::http::Request;
use axum::routing::get;
use kit::health::Health;
use kit::http::{
    Api, BodyLimit, Guard, Json, Operation, Page, PageQuery, Path, Query, ServiceInfo,
};
use kit::metrics::Metrics;
use kit::scope::Scope;
use kit::telemetry::Tracer;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::support::ask;

/// What is ordered.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Line {
    product_id: String,
    #[serde(default)]
    count: u32,
}

async fn put_line(Path(_): Path<String>, Json(line): Json<Line>) -> Json<Line> {
    Json(line)
}

async fn list_lines(Query(_): Query<PageQuery>) -> Json<Page<Line>> {
    Json(Page::of(vec![], 1, |line: &Line| line.product_id.clone()))
}

fn router() -> Router {
    let put = Operation::new("putLine", Scope::SegmentsWrite)
        .summary("Orders")
        .conditional()
        .body::<Line>(json!({"productId": "p"}))
        .answers::<Line>(200, "Ordered")
        .tagged();
    let list = Operation::open("listLines")
        .query::<PageQuery>()
        .answers::<Page<Line>>(200, "A page");
    let sent = Operation::new("sendLine", Scope::EventsWrite);
    let orders = Api::new("orders-api")
        .put("/lines/{id}", put.handled_by(put_line))
        .action(
            "/lines/{id}:cancel",
            Operation::new("cancelLine", Scope::CampaignsWrite),
        )
        .actions("/lines/{id}", async || "cancelled")
        .post("/v1/line", sent.handled_by(async || "sent"))
        .body_limit(BodyLimit::new(1000, "a line"))
        .path_parameter("id", "A line's id", "l1");
    let lists = Api::new("lists-api").get("/lines", list.handled_by(list_lines));
    let pages: Router = Router::new().route("/", get(async || "a page"));
    let info = ServiceInfo {
        name: "orders-api",
        version: "1.2.3",
    };
    let api = orders.merge(lists).merge(pages);
    kit::http::service(
        info,
        api,
        Guard::open(),
        Health::default(),
        Metrics::new(),
        Tracer::default(),
    )
}

async fn document() -> Value {
    let request = Request::get("/openapi.json").body(AnyBody::empty());
    ask(&router(), request.unwrap()).await.json()
}

#[tokio::test]
async fn an_operation_is_described_by_what_its_handler_reads_and_writes() {
    let document = document().await;
    let operation = &document["paths"]["/lines/{id}"]["put"];
    assert_eq!(operation["operationId"], "putLine");
    let text = json!({"type": "string"});
    assert_eq!(
        operation["parameters"],
        json!([
            {"name": "id", "in": "path", "required": true, "description": "A line's id",
             "schema": text, "example": "l1"},
            {"name": "If-Match", "in": "header", "required": false, "schema": text,
             "description": "An `ETag`: the request is refused if it was changed since"}
        ])
    );
    let schema = json!({"$ref": "#/components/schemas/Line"});
    assert_eq!(
        operation["requestBody"],
        json!({
            "description": "At most 1000 bytes, decompressed", "required": true,
            "content": {"application/json": {"schema": schema, "example": {"productId": "p"}}}
        })
    );
    assert_eq!(
        operation["responses"]["200"],
        json!({
            "description": "Ordered",
            "headers": {"ETag": {"description": "The version, for `If-Match`", "schema": text}},
            "content": {"application/json": {"schema": schema}}
        })
    );
    let problem = json!({"schema": {"$ref": "#/components/schemas/Problem"}});
    for status in ["400", "401", "403", "412", "413", "default"] {
        let content = &operation["responses"][status]["content"];
        assert_eq!(content["application/problem+json"], problem, "{status}");
    }
    // As it is read: a count may be left out.
    let line = &document["components"]["schemas"]["Line"];
    assert_eq!(line["required"], json!(["productId"]));
    assert_eq!(line["additionalProperties"], json!(false));
}

#[tokio::test]
async fn each_operation_tells_its_scope_and_how_a_key_is_sent() {
    let document = document().await;
    let schemes = &document["components"]["securitySchemes"];
    assert_eq!(schemes["key"]["scheme"], "bearer");
    assert_eq!(schemes["writeKey"]["scheme"], "basic");
    let security = |path: &str, method: &str| document["paths"][path][method]["security"].clone();
    assert_eq!(
        security("/lines/{id}", "put"),
        json!([{"key": ["segments:write"]}])
    );
    assert_eq!(
        security("/lines/{id}:cancel", "post"),
        json!([{"key": ["campaigns:write"]}])
    );
    assert_eq!(
        security("/v1/line", "post"),
        json!([{"key": ["events:write"]}, {"writeKey": ["events:write"]}])
    );
    for open in ["/lines", "/metrics", "/openapi.json", "/actuator/health"] {
        assert_eq!(security(open, "get"), json!([]), "{open}");
    }
}

#[tokio::test]
async fn what_may_be_left_out_of_a_query_is_never_null() {
    let document = document().await;
    assert_eq!(
        document["paths"]["/lines"]["get"]["parameters"][1],
        json!({
            "name": "limit", "in": "query", "required": false,
            "description": "Items wanted; 100 where absent.",
            "schema": {"type": "integer", "format": "uint", "minimum": 1, "maximum": 1000}
        })
    );
}

#[tokio::test]
async fn a_port_documents_the_routes_of_every_service_and_no_pages() {
    let document = document().await;
    let paths = document["paths"].as_object().unwrap();
    let names = paths.keys().filter(|name| !name.starts_with("/actuator/"));
    let expected = [
        "/lines",
        "/lines/{id}",
        "/lines/{id}:cancel",
        "/metrics",
        "/openapi.json",
        "/v1/line",
    ];
    assert_eq!(names.collect::<Vec<_>>(), expected);
    assert_eq!(paths["/lines"]["get"]["tags"], json!(["lists-api"]));
    assert_eq!(paths["/lines/{id}"]["put"]["tags"], json!(["orders-api"]));
    let cancelled = Request::post("/lines/l1:cancel").body(AnyBody::empty());
    assert_eq!(ask(&router(), cancelled.unwrap()).await.text, "cancelled");
}
