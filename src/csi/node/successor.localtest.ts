import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { cannotMount, openPluginNode, type PluginNode } from '../../testing/node-plugin.js'
import { drivers } from '../names.js'

/** After a node's pods were deleted by force, the new pod's plugin may start before kubelet has ended the old one. */
describe.skipIf(cannotMount !== undefined)('a plugin whose place another one has taken', () => {
  let node: PluginNode
  beforeEach(async () => {
    node = await openPluginNode()
  })
  afterEach(() => node[Symbol.asyncDispose]())

  const sockets = () => readdirSync(join(node.kubelet, 'plugins_registry')).sort()
  const registered = [`${drivers.block}-reg.sock`, `${drivers.file}-reg.sock`]

  async function end(plugin: PluginNode['plugin']): Promise<void> {
    const ended = once(plugin, 'exit')
    plugin.kill('SIGTERM')
    await ended
  }

  it('leaves the sockets to it when it ends', async () => {
    const first = node.plugin
    await node.startPlugin()
    await end(first)
    expect(sockets()).toEqual(registered)
    for (const kind of ['block', 'file'] as const) {
      expect(await node.client(kind).NodeGetInfo!()).toEqual({ nodeId: 'node-a', maxVolumesPerNode: 0 })
      expect(await node.registration(kind).GetInfo!()).toMatchObject({ name: drivers[kind] })
    }
  })

  it('takes its own along when there is no other', async () => {
    await end(node.plugin)
    expect(sockets()).toEqual([])
  })
})
