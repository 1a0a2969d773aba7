import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { accessModes, drivers, storageClasses, type VolumeKind } from '../../../csi/names.js'
import type { StorageRecord } from '../../../csi/records.js'
import { findMarked } from '../../../processes/clean.js'
import { defaultSettings } from '../../settings.js'
import { openTestNodes, testKubeconfig } from '../../../testing/cluster.js'
import { until } from '../../../until.js'
import { aggregator, node } from '../../../faults/vocabulary.js'
import type { FaultContext } from '../../../faults/fault.js'
import { faultDefinition } from '../../../faults/registry.js'
import type { Action } from '../../../scenario/timeline.js'
import type { Evidence } from '../../../store/result.js'
import { kubectl } from '../../kind/control-plane.js'
import { connect, type KubernetesApi } from '../api.js'
import type { Machine } from '../machine.js'
import { namespaceManifest } from '../manifests.js'
import { removeNamespace } from '../namespace.js'
import { volumeDirectory } from '../node-paths.js'
import type { EventObject, ListOf, Manifest, PodObject, VolumeAttachmentObject } from '../objects.js'
import { listPath, objectPath } from '../paths.js'
import type { ClaimObject, VolumeObject } from './objects.js'
import { openStorage, type SharedStorage } from './storage.js'

const { signal } = new AbortController()
const image = defaultSettings.images.node

/** Writes numbered lines for as long as it runs, with one file open all the time. */
const writing =
  'exec 3>>/data/lines; i=0; while :; do i=$((i+1)); echo "$HOSTNAME $i" >&3; sleep 0.2 3>&-; done'

describe.skipIf(testKubeconfig === undefined)('volumes that outlive nodes', () => {
  let api: KubernetesApi
  let machines: readonly Machine[]
  let entry: Machine
  let storage: SharedStorage
  let runId = ''
  let namespace = ''
  let directory = ''

  beforeAll(async () => {
    const nodes = await openTestNodes()
    machines = nodes.machines
    entry = nodes.controlPlane
    api = await connect(testKubeconfig ?? '')
  })
  afterAll(() => api[Symbol.dispose]())

  beforeEach(async () => {
    runId = `test-${randomBytes(4).toString('hex')}`
    namespace = `gapless-${runId}`
    directory = await mkdtemp(join(tmpdir(), 'gapless-storage-'))
    const controlPlane = { machine: entry, kubectl }
    storage = await openStorage({
      ...{ api, runId, namespace, controlPlane, entry, machines, image, directory, signal },
      kubeconfigPath: testKubeconfig ?? '',
      network: 'kind',
      onProgress: (text) => console.log(text),
    })
    await api.create(namespaceManifest(namespace, runId))
  })

  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') {
      for (const record of await storage.records()) {
        if (record.type !== 'wrote') console.log(JSON.stringify(record))
      }
    }
    try {
      await Promise.all(machines.map(startKubelet))
      await Promise.all(machines.map((machine) => cordon(machine, false)))
      await removeNamespace(api, namespace)
    } finally {
      await storage.close()
      await rm(directory, { recursive: true })
    }
  })

  /** A machine that was just powered on takes no orders yet. */
  const startKubelet = (machine: Machine) =>
    until(`kubelet of ${machine.node}`, {
      timeoutMs: 60_000,
      intervalMs: 500,
      poll: async () => {
        const { exitCode } = await machine.exec(['systemctl', 'start', 'kubelet'], { allowFailure: true })
        return exitCode === 0 || undefined
      },
    })

  const cordon = (machine: Machine, unschedulable: boolean) =>
    api.patch(objectPath('Node', '', machine.kubernetesName), { spec: { unschedulable } })

  function statefulSet(kind: VolumeKind, request = '1Mi'): Manifest {
    const labels = { app: kind }
    const claim = {
      accessModes: [accessModes[kind]],
      storageClassName: storageClasses[kind],
      resources: { requests: { storage: request } },
    }
    const container = {
      ...{ name: 'writer', image, command: ['sh', '-c', writing] },
      volumeMounts: [{ name: 'data', mountPath: '/data' }],
    }
    return {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: kind, namespace },
      spec: {
        serviceName: kind,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: { terminationGracePeriodSeconds: 0, containers: [container] },
        },
        volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: claim }],
      },
    }
  }

  /** What was recorded of volumes, until it is told. */
  async function recorded<T extends StorageRecord['type']>(
    type: T,
    is: (record: Extract<StorageRecord, { type: T }>) => boolean = () => true,
  ): Promise<Extract<StorageRecord, { type: T }>> {
    return until(`a record of ${type}`, {
      timeoutMs: 120_000,
      intervalMs: 500,
      poll: async () =>
        (await storage.records())
          .filter((record): record is Extract<StorageRecord, { type: T }> => record.type === type)
          .find(is),
    })
  }
  const runningOn = (pod: string, other?: Machine) =>
    until(`${pod} to run${other ? ` elsewhere than on ${other.node}` : ''}`, {
      timeoutMs: 120_000,
      intervalMs: 250,
      poll: async () => {
        const found = await api.get<PodObject>(objectPath('Pod', namespace, pod)).catch(() => undefined)
        const isRunning = found?.status?.containerStatuses?.[0]?.state?.running !== undefined
        const machine = machines.find(({ kubernetesName }) => kubernetesName === found?.spec.nodeName)
        return isRunning && machine !== other ? machine : undefined
      },
    })
  const event = (reason: string) =>
    until(`an event ${reason}`, {
      timeoutMs: 60_000,
      intervalMs: 500,
      poll: async () =>
        (await api.get<ListOf<EventObject>>(listPath('Event', namespace))).items.find(
          (found) => found.reason === reason,
        ),
    })
  const attachments = async () =>
    (await api.get<ListOf<VolumeAttachmentObject>>(listPath('VolumeAttachment'))).items
  const volumeOf = async (kind: VolumeKind) => {
    const claim = await api.get<ClaimObject>(objectPath('PersistentVolumeClaim', namespace, `data-${kind}-0`))
    return `pvc-${claim.metadata.uid}`
  }
  const other = (machine: Machine) => machines.find((one) => one !== machine)!

  test('a block volume is made, attached and mounted, and follows its pod to another node', async () => {
    await api.create(statefulSet('block'))
    const first = await runningOn('block-0')
    const volume = await volumeOf('block')
    expect(
      (await attachments()).map(({ spec, status }) => [spec.attacher, spec.nodeName, status?.attached]),
    ).toEqual([[drivers.block, first.kubernetesName, true]])
    const place = { node: first.kubernetesName, volume }
    expect(await recorded('wrote')).toMatchObject(place)
    await cordon(first, true)
    await api.remove(objectPath('Pod', namespace, 'block-0'))
    const second = await runningOn('block-0', first)
    await recorded('wrote', ({ node }) => node === second.kubernetesName)
    const told = (await storage.records()).flatMap((record) =>
      record.type !== 'wrote' && 'volume' in record && 'node' in record
        ? [
            [
              record.type,
              record.node === first.kubernetesName ? 'first' : 'second',
              'result' in record ? record.result : '',
            ].join(' '),
          ]
        : [record.type].filter((type) => type !== 'wrote' && type !== 'plugin-started'),
    )
    expect(told).toEqual([
      'provisioned',
      'attached first ',
      'stage first ok',
      'publish first ok',
      'unpublish first ok',
      'unstage first ok',
      'detach-asked first ',
      'detached first ',
      'attached second ',
      'stage second ok',
      'publish second ok',
    ])
    const lines = await entry.files.read(`${volumeDirectory(volume)}/lines`)
    expect(lines?.match(/^block-0 1$/gm)?.length).toBe(2)
  })

  test('it stays where kubelet is silent; by hand it comes free, and two write until kubelet is back', async () => {
    await api.create(statefulSet('block'))
    const first = await runningOn('block-0')
    const volume = await volumeOf('block')
    await first.exec(['systemctl', 'stop', 'kubelet'])
    await cordon(first, true)
    await api.remove(objectPath('Pod', namespace, 'block-0'), { gracePeriodSeconds: 0 })
    expect((await event('FailedAttachVolume')).message).toMatch(/^Multi-Attach error for volume/)
    const [attachment] = await attachments()
    const path = objectPath('VolumeAttachment', '', attachment!.metadata.name)
    await api.remove(path)
    const refusal = await recorded('detach-refused')
    expect(refusal).toMatchObject({
      volume,
      message: `${volume} is still mounted on ${first.kubernetesName}`,
    })
    expect((await api.get<VolumeAttachmentObject>(path)).status?.detachError?.message).toBe(refusal.message)
    await api.patch(path, { metadata: { finalizers: null } })
    expect(await recorded('attachment-vanished')).toMatchObject({
      uid: attachment!.metadata.uid,
      mounted: true,
    })
    const second = await runningOn('block-0', first)
    const both = await recorded('two-writers')
    expect({ ...both, nodes: [...both.nodes].sort() }).toMatchObject({
      volume,
      nodes: machines.map(({ kubernetesName }) => kubernetesName).sort(),
      untilMs: null,
    })
    for (const { kubernetesName } of machines) {
      await recorded('wrote', ({ node, atMs }) => node === kubernetesName && atMs > both.atMs)
    }
    await first.exec(['systemctl', 'start', 'kubelet'])
    const over = await recorded('two-writers', ({ untilMs }) => untilMs !== null)
    expect(over.atMs).toBe(both.atMs)
    expect(second).toBe(other(first))
  })

  test('a machine that is off holds nothing', async () => {
    await api.create(statefulSet('block'))
    const first = await runningOn('block-0')
    await first.kill()
    const [attachment] = await attachments()
    try {
      await api.remove(objectPath('VolumeAttachment', '', attachment!.metadata.name))
      expect(await recorded('detached')).toMatchObject({
        node: first.kubernetesName,
        uid: attachment!.metadata.uid,
        because: 'powered-off',
      })
    } finally {
      await first.start()
    }
  })

  test('a file volume is mounted without any attachment, and goes with its claim', async () => {
    await api.create(statefulSet('file'))
    await runningOn('file-0')
    const volume = await volumeOf('file')
    expect(await attachments()).toEqual([])
    expect(await recorded('wrote')).toMatchObject({ volume })
    await removeNamespace(api, namespace)
    expect(await recorded('deleted')).toMatchObject({
      volume,
      claim: `${namespace}/data-file-0`,
      driver: 'file',
    })
    const { exitCode } = await entry.exec(['test', '-e', volumeDirectory(volume)], { allowFailure: true })
    expect(exitCode).toBe(1)
  })

  test('a claim that nobody can meet says why', async () => {
    await api.create(statefulSet('block', '1Ei'))
    const { message } = await recorded('provisioning-failed')
    expect(message).toMatch(/^it asks for 1Ei, and where volumes are kept \d+\.\dGi are left$/)
    expect((await event('ProvisioningFailed')).message).toBe(message)
  })

  /** A claim without a pod. */
  async function makeVolume(): Promise<string> {
    await api.create({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data-block-0', namespace },
      spec: {
        accessModes: [accessModes.block],
        storageClassName: storageClasses.block,
        resources: { requests: { storage: '1Mi' } },
      },
    })
    const { volume } = await recorded('provisioned')
    await until('the claim to be bound', {
      timeoutMs: 30_000,
      poll: async () =>
        (await api.get<ClaimObject>(objectPath('PersistentVolumeClaim', namespace, 'data-block-0'))).spec
          .volumeName,
    })
    return volume
  }
  async function attach(volume: string, nodeName: string, finalizers: readonly string[] = []) {
    const name = `csi-${runId}`
    await api.create({
      apiVersion: 'storage.k8s.io/v1',
      kind: 'VolumeAttachment',
      metadata: { name, finalizers },
      spec: { attacher: drivers.block, nodeName, source: { persistentVolumeName: volume } },
    })
    await recorded('attached')
    return objectPath('VolumeAttachment', '', name)
  }
  async function inject(action: Action): Promise<readonly Evidence[]> {
    if (action.type === 'heal') throw new Error('that mends something')
    const machineOf = (name: string) => machines.find((machine) => machine.node === name)
    const state = { name: 'state', source: { type: 'persistentVolumeClaim', claimName: 'data-block-0' } }
    const context = {
      cluster: { kubernetes: { api, namespace, machine: machineOf } },
      fluentds: () => [{ role: 'aggregator' }],
      pod: () => ({ spec: { volumes: [state] } }),
      linesInBufferFiles: () => Promise.resolve(0),
      nowMs: () => Date.now(),
      signal,
    } as unknown as FaultContext
    return (await faultDefinition(action.spec.fault).inject(action.spec, context)).evidence
  }

  test('an attachment that somebody else keeps is told to be detached, and not to be gone', async () => {
    const keeper = 'gapless.dev/somebody-else'
    const volume = await makeVolume()
    const path = await attach(volume, machines[0]!.kubernetesName, [keeper])
    const evidence = await inject(aggregator.deleteVolumeAttachment())
    expect(evidence.map(({ holds }) => holds)).toEqual([true, false, true])
    expect(evidence[1]!.what).toBe(`it was still there 30.0 s later, kept by its finalizers ${keeper}`)
    const { metadata, status } = await api.get<VolumeAttachmentObject>(path)
    expect([metadata.finalizers, status?.attached]).toEqual([[keeper], false])
    expect(await recorded('detached')).toMatchObject({ volume, because: 'not-mounted' })
    await api.patch(path, { metadata: { finalizers: null } })
  })

  test('an attachment where its pod is, or to a node that nobody knows, stays', async () => {
    const volume = await makeVolume()
    const path = await attach(volume, 'elsewhere')
    await api.remove(path)
    const message = `elsewhere is none of this run's machines: whether it has ${volume} is not known`
    expect(await recorded('detach-refused')).toMatchObject({ node: 'elsewhere', message })
    await api.patch(path, { metadata: { finalizers: null } })
    expect(await recorded('attachment-vanished')).toMatchObject({ node: 'elsewhere', mounted: 'unknown' })
    await api.create(statefulSet('block'))
    await runningOn('block-0')
    const [attachment] = await attachments()
    expect(await inject(aggregator.deleteVolumeAttachment())).toMatchObject([
      {
        holds: false,
        what: `no VolumeAttachment of ${volume} was deleted: its pod is where it is attached, by ${attachment!.metadata.name} to ${attachment!.spec.nodeName}`,
      },
    ])
    expect((await attachments()).map(({ metadata }) => metadata.deletionTimestamp)).toEqual([undefined])
  })

  test('a node that is Ready is not fenced', async () => {
    const [machine] = machines
    expect(await inject(node(machine!.node).fence({ whileOn: true }))).toMatchObject([
      {
        holds: false,
        what: `${machine!.node} was not fenced: it is not silent, its condition Ready is True`,
      },
    ])
    await api.get(objectPath('Node', '', machine!.kubernetesName))
  })

  test('a plugin that is killed while a pod starts is there again, and the pod starts', async () => {
    await api.create(statefulSet('block'))
    const { node: name } = await recorded('attached')
    const machine = machines.find(({ kubernetesName }) => kubernetesName === name)!
    await machine.exec(['pkill', '-KILL', '-f', '^node /gapless/csi.mjs'])
    await recorded('plugin-started', ({ node: started }) => started === name)
    expect(await runningOn('block-0')).toBe(machine)
  })

  test('where there is no room for volumes their claims say so, and are met once there is', async () => {
    const volumes = volumeDirectory('')
    await entry.exec(['mount', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', volumes])
    try {
      await api.create(statefulSet('block'))
      const { message } = await recorded('provisioning-failed')
      expect(message).toBe('it asks for 1Mi, and where volumes are kept 0.0Gi are left')
      expect((await event('ProvisioningFailed')).message).toBe(message)
    } finally {
      await entry.exec(['umount', volumes])
    }
    await runningOn('block-0')
  })

  test('a directory that was made for no volume goes with the next run', async () => {
    const stray = volumeDirectory('pvc-00000000-0000-4000-8000-000000000000')
    await entry.exec(['mkdir', stray])
    const volume = await makeVolume()
    const { metadata } = await api.get<Manifest>(objectPath('PersistentVolume', '', volume))
    expect(metadata.annotations).toMatchObject({ 'pv.kubernetes.io/provisioned-by': drivers.block })
    await storage.close()
    const { exitCode } = await entry.exec(['test', '-e', stray], { allowFailure: true })
    expect(exitCode).toBe(1)
  })

  test('a plugin that is killed is there again, and goes on', async () => {
    await api.create(statefulSet('block'))
    const first = await runningOn('block-0')
    const started = (await storage.records()).filter(({ type }) => type === 'plugin-started').length
    await first.exec(['pkill', '-KILL', '-f', '^node /gapless/csi.mjs'])
    await api.remove(objectPath('Pod', namespace, 'block-0'))
    await recorded('unpublish', ({ result }) => result === 'ok')
    expect((await storage.records()).filter(({ type }) => type === 'plugin-started').length).toBe(started + 1)
  })

  test('its end is told, and what is left is removed without it', async () => {
    await api.create(statefulSet('block'))
    await runningOn('block-0')
    const volume = await volumeOf('block')
    for (const { pid } of findMarked(runId)) process.kill(pid, 'SIGKILL')
    await until('the failure', { timeoutMs: 10_000, poll: () => storage.failure() })
    expect(storage.failure()?.message).toMatch(/^The storage controller ended \(SIGKILL\)/)
    await removeNamespace(api, namespace)
    await storage.close()
    expect(await attachments()).toEqual([])
    const { items } = await api.get<ListOf<VolumeObject>>(listPath('PersistentVolume'))
    expect(items.filter(({ spec }) => spec.csi !== undefined)).toEqual([])
    const { stdout } = await entry.exec(['sh', '-c', `ls ${volumeDirectory('')}`])
    expect(stdout).not.toContain(volume)
  })
})
