/** Where the parts of the pipeline find each other. */
export interface Endpoint {
  readonly host: string
  readonly port: number
}

export interface Endpoints {
  /** in_forward of the aggregator, as forwarders reach it. */
  readonly aggregator: Endpoint
  readonly aggregatorMonitor: Endpoint
  /** monitor_agent of each node's forwarder. */
  readonly forwarderMonitors: Readonly<Record<string, Endpoint>>
  /** Where the aggregator's out_http posts. */
  readonly collectorUrl: string
  /** Where emitters report to. */
  readonly controlUrl: string
}
