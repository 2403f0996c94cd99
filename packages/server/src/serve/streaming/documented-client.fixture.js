// The JavaScript client of the protocol's original description as it is printed there; only its line breaks are ours.
// biome-ignore lint/correctness/noUnusedVariables: the test that runs this file takes the class from it
class WiFiDensePoseWebSocket {
  constructor(token, options = {}) {
    this.token = token;
    this.options = {
      url: "wss://api.wifi-densepose.com/ws/v1",
      reconnectInterval: 5000,
      maxReconnectAttempts: 5,
      ...options,
    };
    this.ws = null;
    this.reconnectAttempts = 0;
    this.subscriptions = new Map();
  }
  connect() {
    const url = `${this.options.url}?token=${this.token}`;
    this.ws = new WebSocket(url);
    this.ws.onopen = () => {
      console.log("Connected to WiFi-DensePose WebSocket");
      this.reconnectAttempts = 0;
      this.startHeartbeat();
    };
    this.ws.onmessage = (event) => {
      const message = JSON.parse(event.data);
      this.handleMessage(message);
    };
    this.ws.onclose = (event) => {
      console.log("WebSocket connection closed:", event.code);
      this.stopHeartbeat();
      this.attemptReconnect();
    };
    this.ws.onerror = (error) => {
      console.error("WebSocket error:", error);
    };
  }
  subscribeToPoseData(environmentId, options = {}) {
    const subscription = {
      event_type: "pose_data",
      filters: {
        environment_id: environmentId,
        min_confidence: options.minConfidence || 0.7,
        include_keypoints: options.includeKeypoints !== false,
        include_dense_pose: options.includeDensePose || false,
      },
      throttle: { max_fps: options.maxFps || 10, buffer_size: options.bufferSize || 5 },
    };
    this.send({ type: "subscribe", timestamp: new Date().toISOString(), data: { subscriptions: [subscription] } });
  }
  subscribeToSystemEvents() {
    this.send({
      type: "subscribe",
      timestamp: new Date().toISOString(),
      data: {
        subscriptions: [{ event_type: "system_event", filters: { severity: ["warning", "error", "critical"] } }],
      },
    });
  }
  handleMessage(message) {
    switch (message.type) {
      case "pose_data":
        this.onPoseData(message.data);
        break;
      case "system_event":
        this.onSystemEvent(message.data);
        break;
      case "activity_event":
        this.onActivityEvent(message.data);
        break;
      case "error":
        this.onError(message.data);
        break;
      case "ack":
        this.onAcknowledgment(message.data);
        break;
    }
  }
  onPoseData(data) {
    // Handle pose data
    console.log("Received pose data:", data);
  }
  onSystemEvent(data) {
    // Handle system events
    console.log("System event:", data);
  }
  onActivityEvent(data) {
    // Handle activity events
    console.log("Activity event:", data);
  }
  onError(data) {
    console.error("WebSocket error:", data);
  }
  send(message) {
    if (this.ws && this.ws.readyState === WebSocket.OPEN) {
      this.ws.send(JSON.stringify(message));
    }
  }
  startHeartbeat() {
    this.heartbeatInterval = setInterval(() => {
      this.send({
        type: "heartbeat",
        timestamp: new Date().toISOString(),
        data: { client_id: this.options.clientId, uptime: Date.now() - this.connectTime },
      });
    }, 30000);
  }
  stopHeartbeat() {
    if (this.heartbeatInterval) {
      clearInterval(this.heartbeatInterval);
    }
  }
  attemptReconnect() {
    if (this.reconnectAttempts < this.options.maxReconnectAttempts) {
      this.reconnectAttempts++;
      console.log(`Attempting to reconnect (${this.reconnectAttempts}/${this.options.maxReconnectAttempts})`);
      setTimeout(() => {
        this.connect();
      }, this.options.reconnectInterval);
    }
  }
  disconnect() {
    this.stopHeartbeat();
    if (this.ws) {
      this.ws.close();
    }
  }
}
