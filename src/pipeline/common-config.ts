import { literal, type Directive } from './fluentd-config.js'
import { rootPath } from './buffer.js'

/** What every Fluentd of the pipeline has: its own log apart from the data, its state in one place, monitor_agent. */
export function commonDirectives(monitor: {
  readonly host: string
  readonly port: number | string
}): Directive[] {
  return [
    {
      name: 'system',
      parameters: { log_level: 'info', root_dir: literal(`\${ROOT}${rootPath}`) },
    },
    {
      name: 'source',
      parameters: { '@type': 'monitor_agent', bind: monitor.host, port: monitor.port, include_config: false },
    },
    {
      name: 'label',
      argument: '@FLUENT_LOG',
      directives: [{ name: 'match', argument: '**', parameters: { '@type': 'null' } }],
    },
  ]
}
