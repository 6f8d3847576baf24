/** A feed that is polled with a cursor, one that is pushed, and three sinks with effects that can be seen. */
export function crashConfig(gatewayUrl: string, webhookUrl: string): string {
	return `
agencies: { demo-city: { timezone: UTC } }
feeds:
  buses:
    agency: demo-city
    upstreams:
      - source:
          type: http-poll
          url: ${gatewayUrl}/avl/messages?limit=200
          every: 500ms
          history: 15m
          cursor:
            parameter: after
            start: "0"
            from: json:messages[].seq
            sequence: json:messages[].seq
            more: json:more
        decoder:
          type: mapping
          records: messages[]
          headerTime: time
          fields:
            vehicleId: veh
            eventTime: ts
            latitude: { path: lat, scale: 1e-6 }
            longitude: { path: lon, scale: 1e-6 }
            headingDeg: { path: hdg, absent: [511] }
            speedMps: { path: spd, unit: mph }
            gtfsRouteId: rte
            tripId: trp
        budget: { requests: 600/min, bytes: 4MiB/s }
  pushed:
    agency: demo-city
    upstreams: [{ source: { type: http-push, path: /in }, decoder: gtfs-realtime }]
sinks:
  rider-feed: { type: gtfs-realtime, path: /gtfs-rt, stale: { aging: 60s, stale: 5m, gone: 30m } }
  archive: { type: ndjson-file, path: ./archive.ndjson, batch: { count: 200, every: 200ms } }
  scheduling:
    type: webhook
    url: ${webhookUrl}/records
    allowPrivateAddresses: true
    batch: { count: 200, every: 200ms }
routes:
  - { from: buses, to: rider-feed, mode: latest }
  - { from: pushed, to: rider-feed, mode: latest }
  - { from: buses, to: [archive, scheduling], mode: every, reorder: 1s }
  - { from: pushed, to: [archive, scheduling], mode: every, reorder: 1s }
store: { directory: ./store, disk: { usedMax: 99%, usedResume: 99%, freeMin: 64MiB } }
http: { public: { host: 127.0.0.1, port: 0 }, admin: { host: 127.0.0.1, port: 0 } }
`;
}
