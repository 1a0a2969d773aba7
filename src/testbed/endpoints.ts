/** Where the parts of the pipeline find each other. */
export interface Endpoint {
  readonly host: string
  readonly port: number
}

export interface Endpoints {
  /** in_forward of the aggregator; without an aggregator, where the destination speaks its protocol. */
  readonly aggregator: Endpoint
  /** Where the forwarder of each node connects: the tap, the aggregator, or the destination itself. */
  readonly forwardTo: Readonly<Record<string, Endpoint>>
  readonly aggregatorMonitor: Endpoint
  /** monitor_agent of each node's forwarder. */
  readonly forwarderMonitors: Readonly<Record<string, Endpoint>>
  /** Where an out_http of either posts. */
  readonly collectorUrls: Readonly<Record<'forwarder' | 'aggregator', string>>
  /** Where emitters report to. */
  readonly controlUrl: string
}
