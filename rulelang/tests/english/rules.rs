//! Rules and the words for them.

/// Rules, and what they are told as.
pub(crate) const TOLD: &[(&str, &str)] = &[
    (
        "COUNT(purchase WITHIN LAST 30 DAYS WHERE category == 'electronics') >= 3 AND NOT churned",
        "at least 3 `purchase` events in the last 30 days where category is 'electronics', and churned is false",
    ),
    (
        "country == 'DE' AND age >= 18",
        "country is 'DE', and age is at least 18",
    ),
    (
        "(plan == 'pro' OR plan == 'team') AND logins > 10",
        "all of:\n- any of:\n  - plan is 'pro'\n  - plan is 'team'\n- logins is more than 10",
    ),
    (
        "country IN ('DE', 'AT', 'CH') AND age BETWEEN 18 AND 30",
        "country is one of 'DE', 'AT' or 'CH', and age is between 18 and 30 (both included)",
    ),
    (
        "email ENDS WITH '@example.com' OR name ILIKE 'a%'",
        "email ends with '@example.com', or name looks like 'a%' (% is any text, capital or small)",
    ),
    (
        "totalSpent > 1000 AND category == 'electronics' AND lastActivity WITHIN LAST 7 DAYS",
        "all of:\n- totalSpent is more than 1000\n- category is 'electronics'\n- lastActivity is in the last 7 days",
    ),
    ("plan != 'pro'", "plan is known and not 'pro'"),
    (
        "plan IS DISTINCT FROM 'pro'",
        "plan is unknown or not 'pro'",
    ),
    ("plan IS NOT DISTINCT FROM 'pro'", "plan is 'pro'"),
    (
        "plan == other AND plan == 'x'",
        "plan is the same as other, and plan is 'x'",
    ),
    (
        "plan != other AND plan == 'x'",
        "plan and other are known and differ, and plan is 'x'",
    ),
    (
        "plan IS DISTINCT FROM other AND plan == 'x'",
        "all of:\n- plan and other differ or just one of them is known\n- plan is 'x'",
    ),
    (
        "plan IS NOT DISTINCT FROM other AND plan == 'x'",
        "all of:\n- plan and other are the same or both are unknown\n- plan is 'x'",
    ),
    (
        "plan NOT IN ('pro', 'team')",
        "plan is known and neither 'pro' nor 'team'",
    ),
    (
        "plan NOT IN ('pro', other)",
        "plan is known and neither 'pro' nor other, all of which are known",
    ),
    (
        "ANY(cart, i => i.price > 100 AND i.qty >= 2)",
        "for at least one item of cart, price is more than 100 and qty is at least 2",
    ),
    (
        "NOT ANY(tags, t => t == 'x' OR t LIKE 'y%') AND vip",
        "all of:\n- tags is known and for each item of it, the item is known and not 'x' and the item is known and does not look like 'y%' (% is any text)\n- vip is true",
    ),
    (
        "ALL(['x', 'y'], t => t == plan) OR NONE(cart, i => i.gift)",
        "any of:\n- for each item of (the list of 'x' and 'y'), the item is the same as plan\n- cart is known and for each item of it, gift is false",
    ),
    (
        "COUNT_IF(cart, i => ANY(i.options, o => o.price < i.`list price` AND o.price > 1)) > 2",
        "(the number of items of cart for which (for at least one item of options, price is less than the outer item's `list price` and price is more than 1)) is more than 2",
    ),
    ("plan IN () OR plan == 'x'", "never, or plan is 'x'"),
    (
        "age NOT BETWEEN 18 AND 30",
        "age is less than 18 or more than 30",
    ),
    ("vip", "vip is true"),
    ("NOT vip", "vip is false"),
    ("vip IS TRUE", "vip is true"),
    ("vip IS NOT TRUE", "vip is false or unknown"),
    ("vip IS FALSE", "vip is false"),
    ("vip IS NOT FALSE", "vip is true or unknown"),
    (
        "(age > 3 OR vip) IS NOT TRUE",
        "(age is at most 3 and vip is false) or that is unknown",
    ),
    (
        "age IS NULL AND age < 1",
        "age is unknown, and age is less than 1",
    ),
    (
        "EXISTS age AND age < 1",
        "age is known, and age is less than 1",
    ),
    (
        "(age > 3) IS NULL",
        "it is unknown whether age is more than 3",
    ),
    ("COUNT(purchase) > 0", "at least 1 `purchase` event"),
    ("COUNT(purchase) == 0", "no `purchase` events"),
    ("COUNT(purchase) == 1", "exactly 1 `purchase` event"),
    (
        "COUNT(purchase) != 2",
        "more or fewer than 2 `purchase` events",
    ),
    ("COUNT(purchase) < 3", "fewer than 3 `purchase` events"),
    ("COUNT(purchase) <= 1", "at most 1 `purchase` event"),
    (
        "DID NOT login WITHIN LAST 14 DAYS",
        "no `login` events in the last 14 days",
    ),
    (
        "3 < COUNT(* FROM 2h TO 1h AGO)",
        "more than 3 events of any kind from 2 hours to 1 hour ago",
    ),
    (
        "DID(purchase WITHIN LAST 7 DAYS WHERE amount > 100 AND category IN ('shoes', 'hats'))",
        "at least 1 `purchase` event in the last 7 days where (amount is more than 100 and category is 'shoes' or 'hats')",
    ),
    (
        "COUNT DISTINCT(view.sku WITHIN LAST 1d) >= 10",
        "at least 10 different sku values among `view` events in the last day",
    ),
    (
        "COUNT(purchase) > COUNT(view)",
        "the number of `purchase` events is more than the number of `view` events",
    ),
    (
        "SUM(purchase.amount WITHIN LAST 30 DAYS) > SUM(purchase.amount FROM 60d TO 30d AGO)",
        "the total amount of `purchase` events in the last 30 days is more than the total amount of `purchase` events from 60 days to 30 days ago",
    ),
    (
        "SUM(purchase.amount WITHIN LAST 30 DAYS WHERE category == 'shoes') > 100",
        "the total amount of `purchase` events in the last 30 days (where category is 'shoes') is more than 100",
    ),
    (
        "AVG(purchase.amount WHERE a == 1 OR b == 2) > 50 AND MAX(purchase.amount DURING DATE '2026-01-01' TO DATE '2026-02-01') < 500",
        "the average amount of `purchase` events (where a is 1 or b is 2) is more than 50, and the highest amount of `purchase` events from 2026-01-01 until before 2026-02-01 (UTC) is less than 500",
    ),
    (
        "LAST(view.sku) == 'A-1' AND MIN(*.timestamp) OLDER THAN 1w AND FIRST(*.timestamp) AFTER DATE '2026-01-01'",
        "all of:\n- the latest sku of `view` events is 'A-1'\n- the earliest time of events of any kind is at least 7 days ago\n- the time of the first event of any kind is later than 2026-01-01",
    ),
    (
        "IN SEGMENT 'vip' AND NOT IN SEGMENT 'staff'",
        "in the segment 'vip', and not in the segment 'staff'",
    ),
    (
        "ANNIVERSARY(signup) WITHIN NEXT 7d IN 'Europe/Berlin' OR NOT ANNIVERSARY(signup) WITHIN LAST 1 CALENDAR DAY",
        "the anniversary of signup is in the next 7 days (Europe/Berlin), or signup is known and its anniversary is not today so far (UTC)",
    ),
    (
        "signup WITHIN LAST 30 CALENDAR DAYS IN 'Europe/Berlin' OR SUM(purchase.amount WITHIN LAST 1 CALENDAR MONTH) > 100",
        "signup is today or the 29 days before it (Europe/Berlin), or the total amount of `purchase` events in this month so far (UTC) is more than 100",
    ),
    (
        "trialEnds WITHIN NEXT 3 DAYS AND signup OLDER THAN 2w",
        "trialEnds is in the next 3 days, and signup is at least 14 days ago",
    ),
    (
        "signup NOT WITHIN LAST 36h",
        "signup is known and not in the last 36 hours",
    ),
    (
        "signup DURING DATE '2026-01-01' TO DATE '2026-02-01'",
        "signup is from 2026-01-01 until before 2026-02-01 (UTC)",
    ),
    (
        "signup FROM 90d TO 30d AGO",
        "signup is from 90 days to 30 days ago",
    ),
    (
        "renewal < NOW() + 30d AND signup BEFORE TIMESTAMP '2026-01-31T10:00:00+01:00'",
        "renewal is earlier than 30 days from now, and signup is earlier than 2026-01-31 09:00:00 (UTC)",
    ),
    (
        "lastActivity < NOW() - 30d",
        "lastActivity is earlier than 30 days ago",
    ),
    (
        "sku LIKE 'A!_%' ESCAPE '!' AND code NOT MATCHES '^[0-9]{4}$'",
        "sku looks like 'A!_%' (% is any text, _ is any character, what follows ! is meant as it is), and code is known and does not match the regular expression '^[0-9]{4}$'",
    ),
    (
        "tags CONTAINS ANY ('new', 'sale') AND tags CONTAINS ALL ('shoe',) AND tags NOT CONTAINS ALL ('a', 'b') AND tags CONTAINS NONE ('z', 'y')",
        "all of:\n- tags includes any of 'new' or 'sale'\n- tags includes 'shoe'\n- tags is known and does not include all of 'a' and 'b'\n- tags is known and does not include any of 'z' or 'y'",
    ),
    (
        "nickname IS NOT EMPTY AND LOWER(note) IS EMPTY AND COALESCE(nickname, name) NOT STARTS WITH 'A'",
        "all of:\n- nickname is known and not empty\n- note in small letters is empty\n- (the first known of nickname and name) is known and does not start with 'A'",
    ),
    (
        "IF(vip, 2, 1) * points > 100 AND CASE WHEN level > 3 THEN 'high' ELSE 'low' END == 'high'",
        "(2 if vip is true, otherwise 1) times points is more than 100, and ('high' if level is more than 3, otherwise 'low') is 'high'",
    ),
    (
        "LOWER(TRIM(country)) == 'de'",
        "(country without blanks around it) in small letters is 'de'",
    ),
    (
        "VERSION_COMPARE(appVersion, '2.3.0') >= 0 AND NOT IP_IN(ip, '10.0.0.0/8')",
        "appVersion is the same or a later version than '2.3.0', and ip is known and outside the network '10.0.0.0/8'",
    ),
    (
        "DATE_ADD('month', 1, trialStart) WITHIN NEXT 7 DAYS AND DAY_OF_WEEK(signup) >= 6",
        "trialStart plus 1 month is in the next 7 days, and the weekday (Monday is 1) of signup is at least 6",
    ),
    (
        "`utm-source` == 'newsletter' AND DID `Order Completed` WITHIN LAST 2 WEEKS",
        "utm-source is 'newsletter', and at least 1 `Order Completed` event in the last 14 days",
    ),
    (
        "name < 'm' AND name >= 'c'",
        "name sorts before 'm', and name is or sorts after 'c'",
    ),
    (
        "NOT (a == 1 AND (b == 2 OR NOT c == 3))",
        "any of:\n- a is known and not 1\n- all of:\n  - b is known and not 2\n  - c is 3",
    ),
    (
        "points + 2 * bonus > 100 - level",
        "points plus (2 times bonus) is more than 100 minus level",
    ),
    (
        "NULLIF(name, '') == 'x'",
        "(name, but unknown where that is '') is 'x'",
    ),
    ("TRUE", "always"),
    ("FALSE", "never"),
    (
        "CONCAT(first, ' ', last) == 'a b' AND ROUND(score, 1) >= 4.5 AND TO_INT(zip) > 3",
        "all of:\n- the text made of first, ' ' and last is 'a b'\n- score rounded to 1 decimal place is at least 4.5\n- zip as a whole number is more than 3",
    ),
    (
        "age IN (1,2,3,4,5,6,7,8,9,10,11,12,13,14,15) AND plan NOT IN ('a', 'b', 'c')",
        "age is one of 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 or 3 more, and plan is known and none of 'a', 'b' and 'c'",
    ),
    (
        "vip == TRUE AND vip != FALSE AND vip == (age > 3)",
        "all of:\n- vip is true\n- vip is known and not false\n- vip is the same as (whether age is more than 3)",
    ),
    (
        "DATE_TRUNC('months', signup) == DATE '2026-01-01' AND HOUR(signup, 'Europe/Paris') < 12",
        "the beginning of the month of signup is 2026-01-01, and the hour of signup in Europe/Paris is less than 12",
    ),
    (
        "-age < 3 AND age DIV 2 == 1 AND age % 2 == 1 AND age / 3 > 1",
        "all of:\n- minus age is less than 3\n- the whole part of age divided by 2 is 1\n- the remainder of age divided by 2 is 1\n- age divided by 3 is more than 1",
    ),
    (
        "LENGTH(['a', name]) > 1 AND tags CONTAINS name",
        "the length of (the list of 'a' and name) is more than 1, and tags contains name",
    ),
    (
        "SEQUENCE(view WITHIN LAST 7 DAYS WHERE price > 50 THEN cart WITHIN 1h THEN NOT purchase WITHIN 24h)",
        "in this order: a `view` event in the last 7 days (where price is more than 50), then a `cart` event at most 1 hour later, and no `purchase` event within 1 day after that",
    ),
    (
        "vip AND NOT SEQUENCE(* THEN login)",
        "all of:\n- vip is true\n- this did not happen: an event of any kind, then a `login` event",
    ),
    (
        "SEQUENCE(invite THEN usage WHERE n > 1 THEN NOT update WHERE m > 2)",
        "in this order: an `invite` event, then a `usage` event (where n is more than 1), and no `update` event after that (where m is more than 2)",
    ),
    (
        "signup WITHIN LAST 1 CALENDAR YEAR AND signup WITHIN LAST 3 CALENDAR WEEKS AND COUNT(e WITHIN LAST 1 CALENDAR DAY) > 0",
        "all of:\n- signup is in this year so far (UTC)\n- signup is in this week so far or the 2 weeks before it (UTC)\n- at least 1 `e` event today so far (UTC)",
    ),
    (
        "DATE_ADD('days', 3, trialStart) > DATE_ADD('month', -1, NOW()) AND SPLIT(path, '/') CONTAINS 'blog' AND ROUND(score, 2) >= 4.5 AND LEFT(zip, 1) == '1'",
        "all of:\n- trialStart plus 3 days is later than now minus 1 month\n- the list of the parts of path split at '/' includes 'blog'\n- score rounded to 2 decimal places is at least 4.5\n- the beginning of zip (1 character) is '1'",
    ),
    (
        "['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n'] CONTAINS x",
        "(the list of 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l' and 2 more) includes x",
    ),
    (
        "PERCENT(10, 'june') AND NOT PERCENT(12.50, 'x')",
        "among the 10 % of all users drawn by the lot 'june', and not among the 12.5 % of all users drawn by the lot 'x'",
    ),
];

/// Each with the same operands as the others of its family.
pub(crate) const FAMILIES: &[&[&str]] = &[
    &[
        "ANY(a, i => i.x > 1)",
        "ALL(a, i => i.x > 1)",
        "NONE(a, i => i.x > 1)",
        "NOT ALL(a, i => i.x > 1)",
        "COUNT_IF(a, i => i.x > 1) > 1",
        "ANY(a, i => i.y > 1)",
        "ANY(a, i => ANY(i.b, j => j.x > 1))",
        "ANY(a, i => i.z > 1 AND ANY(i.b, j => i.x > 1 AND j.y > 1))",
        "ANY(a, i => i.z > 1 AND ANY(i.b, j => j.x > 1 AND j.y > 1))",
    ],
    &[
        "a < 1",
        "a <= 1",
        "a > 1",
        "a >= 1",
        "a == 1",
        "a != 1",
        "a IS DISTINCT FROM 1",
    ],
    &[
        "COUNT(e) < 5",
        "COUNT(e) <= 5",
        "COUNT(e) > 5",
        "COUNT(e) >= 5",
        "COUNT(e) == 5",
        "COUNT(e) != 5",
    ],
    &[
        "SUM(e.x) > 1",
        "AVG(e.x) > 1",
        "MIN(e.x) > 1",
        "MAX(e.x) > 1",
        "FIRST(e.x) > 1",
        "LAST(e.x) > 1",
        "COUNT DISTINCT(e.x) > 1",
        "COUNT(e) > 1",
        "COUNT(* ) > 1",
    ],
    &[
        "s CONTAINS 'x'",
        "s STARTS WITH 'x'",
        "s ENDS WITH 'x'",
        "s LIKE 'x'",
        "s ILIKE 'x'",
        "s MATCHES 'x'",
        "s == 'x'",
        "s < 'x'",
        "s NOT CONTAINS 'x'",
        "s NOT LIKE 'x'",
        "s NOT MATCHES 'x'",
    ],
    &[
        "l CONTAINS ANY ('x', 'y')",
        "l CONTAINS ALL ('x', 'y')",
        "l CONTAINS NONE ('x', 'y')",
        "l NOT CONTAINS ALL ('x', 'y')",
        "l IN ('x', 'y')",
        "l NOT IN ('x', 'y')",
    ],
    &[
        "t WITHIN LAST 2d",
        "t WITHIN NEXT 2d",
        "t OLDER THAN 2d",
        "t FROM 4d TO 2d AGO",
        "t WITHIN LAST 2 CALENDAR DAYS",
        "t WITHIN LAST 2 CALENDAR WEEKS",
        "t WITHIN LAST 2 CALENDAR DAYS IN 'Europe/Paris'",
        "t NOT WITHIN LAST 2d",
        "t > NOW() - 2d",
        "t >= NOW() - 2d",
    ],
    &[
        "p",
        "NOT p",
        "p IS NOT TRUE",
        "p IS NOT FALSE",
        "p IS NULL AND NOT p",
        "p IS NOT NULL AND p",
    ],
    &[
        "n + 2 > 1",
        "n - 2 > 1",
        "n * 2 > 1",
        "n / 2 > 1",
        "n % 2 > 1",
        "n DIV 2 > 1",
        "-n > 1",
    ],
    &[
        "PERCENT(10, 'a')",
        "NOT PERCENT(10, 'a')",
        "PERCENT(10.5, 'a')",
        "PERCENT(10, 'b')",
    ],
    &[
        "SEQUENCE(e THEN f)",
        "NOT SEQUENCE(e THEN f)",
        "SEQUENCE(f THEN e)",
        "SEQUENCE(e THEN * THEN f)",
        "SEQUENCE(e THEN NOT f)",
        "SEQUENCE(e THEN f WITHIN 2d)",
        "SEQUENCE(e WITHIN LAST 2d THEN f)",
        "SEQUENCE(e THEN f WHERE x > 2)",
    ],
    &[
        "a > 1 AND p OR q",
        "a > 1 AND (p OR q)",
        "NOT (a > 1 AND p OR q)",
    ],
];
