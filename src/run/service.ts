import { messageOf } from '../errors.js'
import { type Cluster, type TestbedEvent } from '../testbed/contract.js'
import { type WireClient } from '../wire/client.js'

/**
 * The Service in front of a pod, as far as forwarders can tell: from the moment when the pod is told to end it leads
 * no new connection there, while those that are open go on, preStop or not; once the pod is started again, and
 * listens, it does. Calls to the tap go one after the other, so that the last event has the last word.
 */
export function tendService(
  { events }: Pick<Cluster, 'events'>,
  podName: string,
  wire: Pick<WireClient, 'endpoint'>,
  onTrouble: (message: string) => void,
): void {
  let said = Promise.resolve()
  events.on('event', (event) => {
    const ready = readiness(event, podName)
    if (ready === undefined) return
    said = said
      .then(() => wire.endpoint(ready))
      .catch((error: unknown) => {
        onTrouble(`the Service of ${podName} could not be changed: ${messageOf(error)}`)
      })
  })
}

function readiness(event: TestbedEvent, podName: string): boolean | undefined {
  if (!('pod' in event) || event.pod !== podName) return undefined
  if (event.type === 'pod-terminating') return false
  return event.type === 'container-started' ? true : undefined
}
