import { drivers, volumeKinds, type VolumeKind } from '../names.js'
import type { NodePluginConfig } from './config.js'
import { openJournal } from './journal.js'
import { listen, type Service } from './listen.js'
import { nodeServiceOf, type NodePlace } from './node-service.js'
import { answering, identityService, registrationService } from './services.js'
import { createNodeVolumes } from './volumes.js'
import { watchWriters } from './writers.js'

/** Of CSI's Identity service. */
const version = '1'

/**
 * The node plugin of both drivers: answers kubelet at two sockets, and has kubelet register them by two more. Disposing
 * of it takes them back.
 */
export async function openNodePlugin(config: NodePluginConfig): Promise<AsyncDisposable> {
  const { node, shared, kubeletDirectory } = config
  const opened: AsyncDisposable[] = []
  const close = async () => {
    for (const each of opened.reverse()) await each[Symbol.asyncDispose]()
  }
  try {
    const journal = openJournal(shared, node)
    journal.note({ type: 'plugin-started', atMs: Date.now(), node, pid: process.pid })
    opened.push(watchWriters({ node, shared, journal }))
    const place = { node, kubeletDirectory, volumes: createNodeVolumes(shared), journal }
    // A driver is registered once it can be asked.
    for (const kind of volumeKinds) {
      opened.push(await listen(endpointOf(kind, config), servicesOf(kind, place)))
    }
    for (const kind of volumeKinds) {
      opened.push(await listen(registrationSocketOf(kind, config), [registrationOf(kind, config)]))
    }
    return { [Symbol.asyncDispose]: close }
  } catch (error) {
    await close()
    throw error
  }
}

export function endpointOf(kind: VolumeKind, { kubeletDirectory }: NodePluginConfig): string {
  return `${kubeletDirectory}/plugins/${drivers[kind]}/csi.sock`
}

/** kubelet looks what appears there. */
export function registrationSocketOf(kind: VolumeKind, { kubeletDirectory }: NodePluginConfig): string {
  return `${kubeletDirectory}/plugins_registry/${drivers[kind]}-reg.sock`
}

function servicesOf(kind: VolumeKind, place: NodePlace): readonly Service[] {
  const identity = answering({
    GetPluginInfo: () => ({ name: drivers[kind], vendorVersion: version }),
    GetPluginCapabilities: () => ({}),
    Probe: () => ({ ready: { value: true } }),
  })
  return [{ definition: identityService, implementation: identity }, nodeServiceOf(kind, place)]
}

function registrationOf(kind: VolumeKind, config: NodePluginConfig): Service {
  const implementation = answering({
    GetInfo: () => ({
      type: 'CSIPlugin',
      name: drivers[kind],
      endpoint: endpointOf(kind, config),
      supportedVersions: ['1.0.0'],
    }),
    NotifyRegistrationStatus: (status) => {
      process.stderr.write(`kubelet on ${drivers[kind]}: ${JSON.stringify(status)}\n`)
      return {}
    },
  })
  return { definition: registrationService, implementation }
}
