import { type Knobs } from '../scenario/knobs.js'
import { type EmitterProgram, type PodSpec } from '../testbed/contract.js'
import { type Endpoints } from '../testbed/endpoints.js'

export interface AppOptions {
  readonly name: string
  readonly node: string
  readonly run: string
  readonly stream: string
  readonly seed: number
  readonly lineBytes: number | readonly [number, number]
  readonly noise: 'none' | 'hostile'
  readonly logsTo: Knobs['app.logsTo']
}

/** Where applications put their log files themselves, on their node as in their containers. */
export const appLogPath = '/var/log/apps'

/** An application's pod: a container that writes numbered lines to stdout, or to a file on its node. */
export function appPod(options: AppOptions, endpoints: Endpoints, program: EmitterProgram): PodSpec {
  const { name, node, run, stream, seed, lineBytes, noise, logsTo } = options
  const toFile = logsTo === 'hostPath'
  return {
    name,
    namespace: 'default',
    role: 'app',
    node,
    container: 'app',
    ...program,
    env: {
      GAPLESS_RUN: run,
      GAPLESS_STREAM: stream,
      GAPLESS_CONTROL_URL: endpoints.controlUrl,
      GAPLESS_LINE_BYTES: typeof lineBytes === 'number' ? String(lineBytes) : lineBytes.join('-'),
      GAPLESS_SEED: String(seed),
      GAPLESS_NOISE: noise,
      ...(toFile && { GAPLESS_LOG_FILE: `\${ROOT}${appLogPath}/${name}.log` }),
    },
    volumes: toFile
      ? [{ name: 'logs', mountPath: appLogPath, source: { type: 'hostPath', path: appLogPath } }]
      : [],
    terminationGracePeriodSeconds: 5,
    restartPolicy: 'Always',
  }
}
