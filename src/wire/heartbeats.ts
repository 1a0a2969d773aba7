import { createSocket, type Socket } from 'node:dgram'
import { type WireBehaviour } from './behaviour.js'
import { type Endpoint } from './watch.js'

/**
 * Leads the UDP heartbeats of `heartbeat_type udp` to the aggregator and its answers back. They have the port of the
 * connections, and one forwarder speaks there, so answers go to whoever spoke last.
 */
export interface Heartbeats {
  /** Nobody hears where the port is closed; the kernel says so to the forwarder, as the aggregator's own would. */
  listen(on: boolean): void
  close(): void
}

export interface HeartbeatOptions {
  readonly host: string
  readonly port: number
  readonly aggregator: Endpoint
  readonly behaviour: () => WireBehaviour
}

export function createHeartbeats({ host, port, aggregator, behaviour }: HeartbeatOptions): Heartbeats {
  let near: Socket | undefined
  let far: Socket | undefined
  let forwarderPort: number | undefined
  let forwarderHost = host

  /** A datagram that cannot be sent is one that got lost. */
  const lost = () => undefined

  function later(send: () => void): void {
    const { blackhole, delayMs } = behaviour()
    if (blackhole) return
    if (delayMs === 0) send()
    else setTimeout(send, delayMs).unref()
  }

  function open(): void {
    const answers = createSocket('udp4')
    const speaking = createSocket('udp4')
    far = answers
    near = speaking
    speaking.on('error', lost)
    answers.on('error', lost)
    speaking.on('message', (bytes, { address, port: from }) => {
      forwarderHost = address
      forwarderPort = from
      later(() => {
        if (far === answers) answers.send(bytes, aggregator.port, aggregator.host, lost)
      })
    })
    answers.on('message', (bytes) => {
      later(() => {
        if (near === speaking && forwarderPort !== undefined)
          speaking.send(bytes, forwarderPort, forwarderHost, lost)
      })
    })
    speaking.bind({ port, address: host, exclusive: true })
  }

  function close(): void {
    near?.close()
    far?.close()
    near = undefined
    far = undefined
  }

  return {
    listen(on) {
      if (on && near === undefined) open()
      else if (!on) close()
    },
    close,
  }
}
