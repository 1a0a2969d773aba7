import { type Destination } from './destination.js'
import { type Port } from './port.js'
import { type Behaviour, type ReleaseResult } from './protocol.js'

/** All ports of the destination, which behave alike. */
export interface Ports {
  /** Resolves when they behave so: for `refuse`, when they are closed; afterwards, when they are open again. */
  behave(behaviour: Behaviour): Promise<void>
  /** Stores what is held in the order of its arrival, answers it, and behaves normally from then on. */
  release(): Promise<ReleaseResult>
  close(): Promise<void>
}

export function steerPorts(destination: Destination, ports: readonly Port[]): Ports {
  let changing = Promise.resolve()

  async function change(next: Behaviour): Promise<void> {
    // First the ports: where another has one by now, nothing has changed.
    if (next.mode !== 'refuse') for (const port of ports) await port.open()
    destination.behave(next)
    if (next.mode === 'refuse') for (const port of ports) port.refuse()
  }

  /** One change after the other: opening a port again takes its time. */
  function behave(next: Behaviour): Promise<void> {
    const changed = changing.then(() => change(next))
    changing = changed.catch(() => undefined)
    return changed
  }

  return {
    behave,
    async release() {
      await behave({ mode: 'normal' })
      return destination.release()
    },
    async close() {
      await changing
      for (const port of ports) port.close()
    },
  }
}
