# 1. Create a demo segment
SEGMENT_RESPONSE=$(curl -s -X POST http://localhost:30081/api/segments \
  -H "Content-Type: application/json" \
  -d '{
    "name": "Demo VIP Users",
    "type": "DYNAMIC", 
    "rules": {
      "conditions": [
        {"field": "totalSpent", "operator": "gt", "value": 1000}
      ]
    }
  }')
echo "Segment created: $SEGMENT_RESPONSE"

# 2. Send demo events
for i in {1..10}; do
  EVENT_RESPONSE=$(curl -s -X POST http://localhost:30082/api/events \
    -H "Content-Type: application/json" \
    -d "{
      \"userId\": \"demo-user-$i\",
      \"eventType\": \"purchase\",
      \"properties\": {
        \"amount\": $((RANDOM % 2000 + 500)),
        \"category\": \"electronics\"
      }
    }")
  echo "Event $i sent: $EVENT_RESPONSE"
  sleep 0.5
done

# 3. Wait for processing and check results
sleep 10
curl -s http://localhost:30084/api/users/demo-user-1/segments | jq .

# 4. Check monitoring metrics
open http://localhost:30001/d/demo-overview
open http://localhost:30080/ui/clusters/demo-cluster/topics
open http://localhost:30881/#/overview
