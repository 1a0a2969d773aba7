import { labelKeys } from '../labels.js'
import { machineCalled, type KubernetesContext } from '../context.js'
import { seePod } from '../node-processes.js'
import { incarnation, type Incarnation } from '../pod-logs.js'

/** Aggregators whose object is gone and whose processes run on: a fence cannot end what it does not reach. */
export interface Outliving {
  /** Looks at those whose object went since, and at those that were still running the last time. */
  look(): Promise<void>
  stop(): void
}

export function watchOutliving(context: KubernetesContext): Outliving {
  const { watch, runId, onEvent } = context
  const watched = new Map<Incarnation, { runs: boolean }>()

  const stop = watch.onChange(({ after, last: { metadata, spec } }) => {
    const machine = machineCalled(spec.nodeName ?? '', context)
    if (after !== undefined || machine === undefined) return
    if (metadata.labels?.[labelKeys.role] !== 'aggregator') return
    const { uid, name, namespace = '' } = metadata
    watched.set(incarnation(machine, { uid, name, namespace, container: 'fluentd' }, runId), { runs: false })
  })

  async function lookAt(one: Incarnation, known: { runs: boolean }): Promise<void> {
    const on = (await one.machine.state()) === 'running'
    const runs = on && (await seePod(one.machine, one)).processes.length > 0
    if (runs !== known.runs) {
      onEvent({ type: 'pod-outlived', atMs: Date.now(), pod: one.name, node: one.machine.node, runs })
    }
    known.runs = runs
    if (!runs) watched.delete(one)
  }

  return {
    async look() {
      for (const [one, known] of watched) await lookAt(one, known)
    },
    stop,
  }
}
