import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { status } from '@grpc/grpc-js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { cannotMount, openPluginNode, type Call, type PluginNode } from '../../testing/node-plugin.js'
import { until } from '../../until.js'
import { inUse, printMountTables } from '../in-use.js'
import { drivers } from '../names.js'
import { volumeMounts, sourceOf } from '../mount-table.js'

if (cannotMount !== undefined) process.stdout.write(`Skipped, as nothing can be mounted: ${cannotMount}\n`)

/** What a container orchestrator may ask of a node plugin, in any order and any number of times. */
describe.skipIf(cannotMount !== undefined)('the node plugin', () => {
  const volume = 'pvc-7d1f'
  const podUid = '0b5e4bd2-8a0c-4a51-9c56-3a6f4f4d2a11'
  let node: PluginNode
  let calls: Readonly<Record<string, Call>>
  let staging = ''
  let target = ''

  beforeEach(async () => {
    node = await openPluginNode()
    calls = node.client('block')
    provision(volume)
    staging = join(node.kubelet, 'plugins/kubernetes.io/csi/pv', volume, 'globalmount')
    target = targetOf(podUid)
    mkdirSync(staging, { recursive: true })
  })
  afterEach(() => node[Symbol.asyncDispose]())

  function provision(name: string): void {
    mkdirSync(join(node.shared, 'volumes', name))
    writeFileSync(join(node.shared, 'volumes', name, 'whose'), name)
  }
  function targetOf(uid: string): string {
    const parent = join(node.kubelet, 'pods', uid, 'volumes/kubernetes.io~csi', volume)
    mkdirSync(parent, { recursive: true })
    return join(parent, 'mount')
  }
  const capability = (mode: string) => ({ mount: {}, accessMode: { mode } })
  const writer = capability('SINGLE_NODE_WRITER')
  const stageRequest = () => ({ volumeId: volume, stagingTargetPath: staging, volumeCapability: writer })
  const publishRequest = () => ({ ...stageRequest(), targetPath: target })
  const stage = (change: object = {}) => calls.NodeStageVolume!({ ...stageRequest(), ...change })
  const unstage = (change: object = {}) =>
    calls.NodeUnstageVolume!({ volumeId: volume, stagingTargetPath: staging, ...change })
  const publish = (change: object = {}) => calls.NodePublishVolume!({ ...publishRequest(), ...change })
  const unpublish = (change: object = {}) =>
    calls.NodeUnpublishVolume!({ volumeId: volume, targetPath: target, ...change })
  const refused = (code: keyof typeof status, details: string) => ({ code: status[code], details })
  const mounted = () =>
    volumeMounts(node.mounts(), sourceOf(node.mounts(), node.shared)).map(
      ({ volume: name, path, readOnly }) => [name, path, readOnly ? 'ro' : 'rw'].join(' '),
    )

  it('says who it is, of either driver', async () => {
    for (const kind of ['block', 'file'] as const) {
      const client = node.client(kind)
      expect(await client.GetPluginInfo!()).toEqual({ name: drivers[kind], vendorVersion: '1' })
      expect(await client.GetPluginCapabilities!()).toEqual({})
      expect(await client.Probe!()).toEqual({ ready: { value: true } })
      expect(await client.NodeGetInfo!()).toEqual({ nodeId: 'node-a', maxVolumesPerNode: 0 })
      expect(await client.NodeGetCapabilities!()).toEqual({
        capabilities: [{ rpc: { type: 'STAGE_UNSTAGE_VOLUME' } }],
      })
      expect(await node.registration(kind).GetInfo!()).toEqual({
        type: 'CSIPlugin',
        name: drivers[kind],
        endpoint: join(node.kubelet, 'plugins', drivers[kind], 'csi.sock'),
        supportedVersions: ['1.0.0'],
      })
      expect(await node.registration(kind).NotifyRegistrationStatus!({ pluginRegistered: true })).toEqual({})
    }
  })

  it('stages and publishes a volume, for two pods, and takes all of it back', async () => {
    await stage()
    await publish()
    const second = targetOf('11111111-8a0c-4a51-9c56-3a6f4f4d2a11')
    await publish({ targetPath: second, readonly: true })
    expect(mounted()).toEqual([`${volume} ${staging} rw`, `${volume} ${target} rw`, `${volume} ${second} ro`])
    expect(node.run('cat', join(target, 'whose'))).toBe(volume)
    node.run('sh', '-c', 'echo buffer > "$0"', join(target, 'chunk'))
    expect(() => node.run('touch', join(second, 'other'))).toThrow('Read-only file system')

    await unpublish({ targetPath: second })
    await unpublish()
    await unstage()
    expect(mounted()).toEqual([])
    expect([existsSync(target), existsSync(second)]).toEqual([false, false])
    expect(readdirSync(join(node.shared, 'volumes', volume)).sort()).toEqual(['chunk', 'whose'])
  })

  it('does nothing twice', async () => {
    await Promise.all([stage(), stage()])
    await stage()
    await Promise.all([publish(), publish()])
    await publish()
    expect(mounted()).toEqual([`${volume} ${staging} rw`, `${volume} ${target} rw`])
    await Promise.all([unpublish(), unpublish()])
    await unpublish()
    await unstage()
    await unstage()
    expect(mounted()).toEqual([])
  })

  it('lets go of what is gone: a volume, a mount, a directory that nobody knows', async () => {
    await unpublish({ volumeId: 'pvc-never' })
    await unstage({ volumeId: 'pvc-never', stagingTargetPath: join(node.kubelet, 'nowhere') })
    await stage()
    await publish()
    rmSync(join(node.shared, 'volumes', volume), { recursive: true })
    await unpublish()
    await unstage()
    expect(mounted()).toEqual([])
  })

  it('makes no volume that was not provisioned', async () => {
    const absent = refused('NOT_FOUND', 'there is no volume pvc-never')
    await expect(stage({ volumeId: 'pvc-never' })).rejects.toMatchObject(absent)
    await expect(publish({ volumeId: 'pvc-never' })).rejects.toMatchObject(absent)
    symlinkSync('/etc', join(node.shared, 'volumes', 'pvc-link'))
    await expect(stage({ volumeId: 'pvc-link' })).rejects.toMatchObject(
      refused('NOT_FOUND', 'there is no volume pvc-link'),
    )
    expect(readdirSync(join(node.shared, 'volumes')).sort()).toEqual([volume, 'pvc-link'])
    expect(mounted()).toEqual([])
  })

  it.each(['../records', '/etc', 'a/b', '..', '.', 'PVC-1', `pvc-${'1'.repeat(200)}`])(
    'takes %s for no id of a volume',
    async (volumeId) => {
      const answer = refused('INVALID_ARGUMENT', `${JSON.stringify(volumeId)} is not the id of a volume`)
      for (const call of [stage, unstage, publish, unpublish]) {
        await expect(call({ volumeId })).rejects.toMatchObject(answer)
      }
      expect(mounted()).toEqual([])
    },
  )

  it.each([
    [{ volumeCapability: { block: {}, accessMode: { mode: 1 } } }, 'raw block volumes are not served'],
    [{ volumeCapability: { accessMode: { mode: 1 } } }, 'no way of access is named'],
    [{ volumeCapability: { mount: {} } }, 'no access mode is named'],
    [{ volumeCapability: undefined }, 'no volume capability is named'],
    [
      { volumeCapability: { mount: { mountFlags: ['noatime'] }, accessMode: { mode: 1 } } },
      'mount flags are not served',
    ],
    [{ volumeId: '' }, 'no volume is named'],
    [{ stagingTargetPath: '/etc' }, '"/etc" is not a path below '],
  ])('refuses what it does not do: %j', async (change, details) => {
    for (const call of [stage, publish]) {
      await expect(call(change)).rejects.toMatchObject({
        code: status.INVALID_ARGUMENT,
        details: expect.stringContaining(details) as string,
      })
    }
    expect(mounted()).toEqual([])
  })

  it('refuses paths that lead out of the directory of kubelet', async () => {
    const targetPath = `${node.kubelet}/pods/../../elsewhere`
    for (const call of [publish, unpublish]) {
      await expect(call({ targetPath })).rejects.toMatchObject({ code: status.INVALID_ARGUMENT })
    }
  })

  it('gives a block volume to one node at a time only, and a file volume to several', async () => {
    const volumeCapability = capability('MULTI_NODE_MULTI_WRITER')
    const answer = refused(
      'INVALID_ARGUMENT',
      'the access mode MULTI_NODE_MULTI_WRITER is not served, only SINGLE_NODE_WRITER, SINGLE_NODE_READER_ONLY, ' +
        'SINGLE_NODE_SINGLE_WRITER, SINGLE_NODE_MULTI_WRITER',
    )
    await expect(stage({ volumeCapability })).rejects.toMatchObject(answer)
    await stage()
    await expect(publish({ volumeCapability })).rejects.toMatchObject(answer)
    await unstage()
    const file = node.client('file')
    await file.NodeStageVolume!({ ...stageRequest(), volumeCapability })
    await file.NodePublishVolume!({ ...publishRequest(), volumeCapability })
    expect(mounted().length).toBe(2)
  })

  it('publishes nothing that is not staged', async () => {
    const notStaged = (path: string) => refused('FAILED_PRECONDITION', `${volume} is not staged at ${path}`)
    await expect(publish()).rejects.toMatchObject(notStaged(staging))
    await expect(publish({ stagingTargetPath: '' })).rejects.toMatchObject(notStaged('no path'))
    await stage()
    const elsewhere = join(node.kubelet, 'elsewhere')
    await expect(publish({ stagingTargetPath: elsewhere })).rejects.toMatchObject(notStaged(elsewhere))
    expect(existsSync(target)).toBe(false)
  })

  it('puts nothing over something else, and takes nothing else away', async () => {
    provision('pvc-other')
    await stage({ volumeId: 'pvc-other' })
    await expect(stage()).rejects.toMatchObject(
      refused('ALREADY_EXISTS', `something else is mounted at ${staging}: pvc-other`),
    )
    await expect(unstage()).rejects.toMatchObject(
      refused('FAILED_PRECONDITION', `what is mounted at ${staging} is not ${volume}`),
    )
    await unstage({ volumeId: 'pvc-other' })
    await stage()
    mkdirSync(target)
    node.run('mount', '-t', 'tmpfs', 'tmpfs', target)
    await expect(publish()).rejects.toMatchObject({ code: status.ALREADY_EXISTS })
    await expect(unpublish()).rejects.toMatchObject({ code: status.FAILED_PRECONDITION })
  })

  it('is published for reading and writing only anew', async () => {
    await stage()
    await publish({ readonly: true })
    await publish({ readonly: true })
    await expect(publish()).rejects.toMatchObject(
      refused('ALREADY_EXISTS', `${volume} is at ${target} already, to be read only`),
    )
  })

  it('does not take away what a process still uses, and does once that has ended', async () => {
    await stage()
    await publish()
    const user = node.start('sh', '-c', 'cd "$0" && echo in && exec sleep infinity', target)
    await once(user.stdout!, 'data')
    await expect(unpublish()).rejects.toMatchObject({
      code: status.INTERNAL,
      details: expect.stringContaining('target is busy') as string,
    })
    user.kill('SIGKILL')
    await once(user, 'exit')
    await unpublish()
  })

  it('is in use as long as a process has a copy of its mount, though it was unpublished and unstaged', async () => {
    const how = () =>
      inUse(node.run(...printMountTables), volume, { shared: node.shared, kubeletDirectory: node.kubelet })
    await stage()
    expect(how()).toBe('staged')
    await publish()
    expect(how()).toBe('published')
    // As containers do, at a path of their own.
    const container = node.start(
      ...['unshare', '--mount', 'sh', '-c'],
      'mount --bind "$0" /mnt && umount "$0" "$1" && echo in && exec sleep infinity',
      ...[target, staging],
    )
    await once(container.stdout!, 'data')
    await unpublish()
    await unstage()
    expect(mounted()).toEqual([])
    expect(how()).toBe('published')
    container.kill('SIGKILL')
    await once(container, 'exit')
    expect(how()).toBe('not-mounted')
  })

  it('goes on where it was after it was killed, whatever step it was at', async () => {
    await stage()
    node.plugin.kill('SIGKILL')
    await once(node.plugin, 'exit')
    // Killed after it had made the directory, and before it had mounted.
    mkdirSync(target)
    await node.startPlugin()
    await publish()
    node.plugin.kill('SIGKILL')
    await once(node.plugin, 'exit')
    await node.startPlugin()
    // Killed after it had mounted, and before it had answered.
    await publish()
    expect(mounted()).toEqual([`${volume} ${staging} rw`, `${volume} ${target} rw`])
    // Killed after it had unmounted, and before it had removed the directory.
    node.run('umount', target)
    await unpublish()
    expect(existsSync(target)).toBe(false)
  })

  it('writes down what it was asked, by whom and with what result', async () => {
    await expect(publish()).rejects.toThrow()
    await stage()
    await publish()
    const place = { node: 'node-a', driver: 'block', volume }
    expect(node.records()).toMatchObject([
      { type: 'plugin-started', node: 'node-a' },
      {
        type: 'publish',
        ...place,
        path: target,
        podUid,
        result: 'FAILED_PRECONDITION',
        message: `${volume} is not staged at ${staging}`,
      },
      { type: 'stage', ...place, path: staging, result: 'ok' },
      { type: 'publish', ...place, path: target, podUid, result: 'ok' },
    ])
  })

  it('says that the shared directory is full, and still takes volumes away', async () => {
    await stage()
    await publish()
    const full = join(node.shared, 'records')
    node.run('mount', '-t', 'tmpfs', '-o', 'size=4k', 'tmpfs', full)
    node.run('sh', '-c', 'cat /dev/zero > "$0/fill" || true', full)
    const second = targetOf('11111111-8a0c-4a51-9c56-3a6f4f4d2a11')
    await expect(publish({ targetPath: second })).rejects.toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
      details: expect.stringContaining('no space left on device') as string,
    })
    await unpublish({ targetPath: second })
    await unpublish()
    await unstage()
    expect(mounted()).toEqual([])
    node.run('rm', join(full, 'fill'))
    const lost = () => node.records().find(({ type }) => type === 'records-lost')
    await until('word of what was lost', { timeoutMs: 20_000, poll: lost })
    expect(lost()).toMatchObject({ node: 'node-a', records: 3 })
  })

  it('sees who writes to a volume, and not who has it open only', async () => {
    await stage()
    await publish()
    const chunk = join(target, 'chunk')
    node.run('sh', '-c', 'echo old > "$0"', chunk)
    const idle = node.start('sh', '-c', 'exec 3>>"$0"; exec sleep infinity', chunk)
    const reader = node.start('sh', '-c', 'exec 3<"$0"; cat <&3; exec sleep infinity', chunk)
    const busy = node.start(
      'sh',
      '-c',
      'exec 3>>"$0"; while :; do echo line >&3; sleep 0.1 3>&-; done',
      join(target, 'other'),
    )
    const writers = () =>
      node
        .records()
        .flatMap((record) => (record.type === 'wrote' ? [`${record.volume} ${String(record.pid)}`] : []))
    await until('three records', { timeoutMs: 20_000, poll: () => writers().length >= 3 || undefined })
    expect(new Set(writers())).toEqual(new Set([`${volume} ${String(busy.pid)}`]))
    expect([idle.exitCode, reader.exitCode]).toEqual([null, null])
  })
})
