"""Connects the printed client, subscribes once it is open, and ends when it has had one of each."""
import asyncio
import sys

from documented_client import WiFiDensePoseWebSocket


async def main(url, token):
    client = WiFiDensePoseWebSocket(token, url)
    connection = asyncio.create_task(client.connect())
    while client.websocket is None:
        await asyncio.sleep(0.01)
    subscriptions = [{'event_type': 'system_event'}, {'event_type': 'activity_event'}]
    await client.send({'type': 'subscribe', 'data': {'subscriptions': subscriptions}})
    await client.subscribe_to_pose_data('room_001', min_confidence=0.8)
    await connection


asyncio.run(main(*sys.argv[1:]))
