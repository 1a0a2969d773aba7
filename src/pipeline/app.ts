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
}

/** An application's pod: a container that writes numbered lines to stdout. */
export function appPod(options: AppOptions, endpoints: Endpoints, program: EmitterProgram): PodSpec {
  const { name, node, run, stream, seed, lineBytes, noise } = options
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
    },
    volumes: [],
    terminationGracePeriodSeconds: 5,
    restartPolicy: 'Always',
  }
}
