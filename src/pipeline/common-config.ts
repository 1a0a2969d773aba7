import { fromEnvironment, literal, renderConfig, type Directive } from './fluentd-config.js'
import { rootPath } from './buffer.js'

interface MonitorAddress {
  readonly host: string
  readonly port: number | string
}

/** Where each Fluentd is told to have its monitor_agent. */
export const toldMonitor: MonitorAddress = {
  host: fromEnvironment('MONITOR_HOST'),
  port: fromEnvironment('MONITOR_PORT'),
}

/** What every Fluentd of the pipeline has: its own log apart from the data, its state in one place, monitor_agent. */
export function commonDirectives(monitor: MonitorAddress): Directive[] {
  return [
    {
      name: 'system',
      parameters: { log_level: 'info', root_dir: literal(`\${ROOT}${rootPath}`) },
    },
    monitorAgent(monitor),
    {
      name: 'label',
      argument: '@FLUENT_LOG',
      directives: [{ name: 'match', argument: '**', parameters: { '@type': 'null' } }],
    },
  ]
}

function monitorAgent({ host, port }: MonitorAddress): Directive {
  return {
    name: 'source',
    parameters: { '@type': 'monitor_agent', bind: host, port, include_config: false },
  }
}

/**
 * A configuration of the user's own with a monitor_agent in front, unless it has one at the address that it was
 * given: without it nobody could see when its buffers are empty, and what waits in one would look lost.
 */
export function withMonitorAgent(config: string): string {
  const hasOne = /@type\s+monitor_agent/.test(config) && config.includes('MONITOR_PORT')
  return hasOne ? config : `${renderConfig([monitorAgent(toldMonitor)])}\n${config}`
}

/** How many workers a configuration asks for; the monitor_agent of each is one port further. */
export function workersOf(config: string): number {
  return Math.max(1, Number(/^\s*workers\s+(\d+)/m.exec(config)?.[1] ?? 1))
}
