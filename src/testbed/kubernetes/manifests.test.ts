import { describe, expect, test } from 'vitest'
import { aggregatorPod } from '../../pipeline/aggregator.js'
import { appPod } from '../../pipeline/app.js'
import { type Endpoints } from '../endpoints.js'
import { forwarderPod } from '../../pipeline/forwarder.js'
import { resolveKnobs } from '../../scenario/profiles.js'
import { type PodSpec, type Workload } from '../contract.js'
import { workloadManifests, type WorkloadSettings } from './manifests.js'
import { tolerateEverything } from './tolerations.js'
import { manifestText } from './yaml.js'

const everywhere = { host: '0.0.0.0', port: 24220 }
const aggregator = { host: '0.0.0.0', port: 24224 }
const service = { host: 'fluentd-aggregator.gapless-abc.svc.cluster.local', port: 24224 }
const endpoints: Endpoints = {
  aggregator,
  forwardTo: { 'node-1': service, 'node-2': service },
  aggregatorMonitor: everywhere,
  forwarderMonitors: { 'node-1': everywhere, 'node-2': everywhere },
  collectorUrls: { forwarder: 'http://172.18.0.9:8080/', aggregator: 'http://172.18.0.9:8080/' },
  controlUrl: 'http://172.18.0.9:8081',
}
const program = { version: '1.16.11', command: ['fluentd'], env: {} }
const image = 'fluent/fluentd:v1.16.11-debian-1.0'
const knobs = resolveKnobs('hardened', {})
const settings: WorkloadSettings = {
  namespace: 'gapless-abc',
  runId: 'run-1',
  kubernetesNames: { 'node-1': 'kind-worker', 'node-2': 'kind-worker2' },
  policy: 'policy/v1beta1',
}
const forwarders: Workload = {
  kind: 'DaemonSet',
  name: 'fluentd-forwarder',
  pods: ['node-1', 'node-2'].map((node) => ({ ...forwarderPod(knobs, node, endpoints, program), image })),
}
const aggregators = (kind: 'StatefulSet' | 'Deployment', change: Partial<PodSpec> = {}): Workload => ({
  kind,
  name: 'fluentd-aggregator',
  pods: [{ ...aggregatorPod(knobs, 'node-2', endpoints, program), image, ...change }],
})

const replicas = (kind: 'StatefulSet' | 'Deployment'): Workload => ({
  kind,
  name: 'fluentd-aggregator',
  pods: [0, 1].map((replica) => ({ ...aggregatorPod(knobs, 'node-2', endpoints, program, replica), image })),
})

const kindsOf = (workload: Workload, more: Partial<WorkloadSettings> = {}) =>
  workloadManifests(workload, { ...settings, ...more }).map(({ kind }) => kind)

function specOf(workload: Workload, more: Partial<WorkloadSettings> = {}) {
  const objects = workloadManifests(workload, { ...settings, ...more })
  return objects.find(({ kind }) => kind === workload.kind)?.spec as ControllerSpec
}
interface ControllerSpec {
  readonly replicas: number
  readonly volumeClaimTemplates: unknown
  readonly template: {
    readonly spec: {
      readonly containers: readonly [Record<string, unknown>]
      readonly volumes: unknown
      readonly tolerations: unknown
      readonly affinity: Record<string, unknown>
    }
  }
}

test('a forwarder is a DaemonSet on the nodes of its pods, with its files in a ConfigMap', () => {
  expect(kindsOf(forwarders)).toEqual(['ServiceAccount', 'ConfigMap', 'DaemonSet'])
  const pod = specOf(forwarders).template.spec
  expect(pod.affinity.nodeAffinity).toEqual({
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: ['kind-worker', 'kind-worker2'].map((name) => ({
        matchFields: [{ key: 'metadata.name', operator: 'In', values: [name] }],
        matchExpressions: [
          { key: 'held.gapless.dev/fluentd-forwarder', operator: 'NotIn', values: ['run-1'] },
        ],
      })),
    },
  })
  expect(pod.volumes).toEqual([
    { name: 'varlog', hostPath: { path: '/var/log', type: 'DirectoryOrCreate' } },
    { name: 'state', hostPath: { path: '/var/lib/fluentd', type: 'DirectoryOrCreate' } },
    { name: 'gapless-files', configMap: { name: 'fluentd-forwarder-files' } },
  ])
  expect(pod.containers[0]).toMatchObject({
    name: 'fluentd',
    image,
    command: ['fluentd', '-c', '/fluentd/etc/fluent.conf'],
    workingDir: '/',
    securityContext: { runAsUser: 0 },
    volumeMounts: [
      { name: 'varlog', mountPath: '/var/log' },
      { name: 'state', mountPath: '/var/lib/fluentd' },
      {
        name: 'gapless-files',
        mountPath: '/fluentd/etc/fluent.conf',
        subPath: 'fluent.conf',
        readOnly: true,
      },
    ],
  })
})

test('the root of the container is left out of files, command and environment', () => {
  expect(manifestText(workloadManifests(forwarders, settings))).not.toContain('${ROOT}')
})

test('a StatefulSet makes its claim from a template, by the name that the pipeline knows it by', () => {
  const workload = aggregators('StatefulSet')
  expect(kindsOf(workload)).toEqual(['ServiceAccount', 'ConfigMap', 'StatefulSet'])
  const spec = specOf(workload)
  expect(spec.volumeClaimTemplates).toMatchObject([
    {
      metadata: { name: 'buffer' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    },
  ])
  expect(spec.template.spec.containers[0].volumeMounts).toContainEqual({
    name: 'buffer',
    mountPath: '/var/lib/fluentd',
  })
})

test('a Deployment has a claim of its own, and a StatefulSet, too, where no template would name it so', () => {
  const kinds = ['ServiceAccount', 'ConfigMap', 'PersistentVolumeClaim']
  expect(kindsOf(aggregators('Deployment'))).toEqual([...kinds, 'Deployment'])
  const source = { type: 'persistentVolumeClaim', claimName: 'elsewhere' } as const
  const volumes = [{ name: 'state', mountPath: '/state', source }]
  expect(kindsOf(aggregators('StatefulSet', { volumes }))).toEqual([...kinds, 'StatefulSet'])
})

test('a budget is of the version that the server serves', () => {
  const podDisruptionBudget = { maxUnavailable: 0 }
  for (const policy of ['policy/v1', 'policy/v1beta1'] as const) {
    const objects = workloadManifests(aggregators('StatefulSet'), {
      ...settings,
      podDisruptionBudget,
      policy,
    })
    expect(objects.find(({ kind }) => kind === 'PodDisruptionBudget')).toMatchObject({
      apiVersion: policy,
      spec: {
        maxUnavailable: 0,
        selector: { matchLabels: { 'gapless.dev/workload': 'fluentd-aggregator' } },
      },
    })
  }
})

test('replicas are pods of one template, each with a claim of its own', () => {
  const spec = specOf(replicas('StatefulSet'))
  expect(spec).toMatchObject({
    replicas: 2,
    volumeClaimTemplates: [{ metadata: { name: 'buffer' } }],
    template: { spec: { containers: [{ volumeMounts: [{ name: 'buffer' }, {}] }] } },
  })
  expect(spec).toEqual({ ...specOf(aggregators('StatefulSet')), replicas: 2 })
})

test('together is a wish, apart a must', () => {
  const podAffinityOf = (affinity: 'apart' | 'together') => {
    const { podAffinity = {}, podAntiAffinity = {} } = specOf(replicas('StatefulSet'), { affinity }).template
      .spec.affinity as Record<string, object>
    return [Object.keys(podAffinity), Object.keys(podAntiAffinity)]
  }
  expect(podAffinityOf('together')).toEqual([['preferredDuringSchedulingIgnoredDuringExecution'], []])
  expect(podAffinityOf('apart')).toEqual([[], ['requiredDuringSchedulingIgnoredDuringExecution']])
})

test('what can move starts on its node if it can; anti-affinity is asked for', () => {
  const { affinity } = specOf(aggregators('StatefulSet'), { affinity: 'apart' }).template.spec
  expect(JSON.stringify(affinity.nodeAffinity)).toContain('"values":["kind-worker2"]')
  expect(Object.keys(affinity.nodeAffinity as object)).toEqual([
    'preferredDuringSchedulingIgnoredDuringExecution',
  ])
  expect(JSON.stringify(affinity.podAntiAffinity)).toContain('kubernetes.io/hostname')
})

describe('command and environment', () => {
  const app = { ...appPodWithoutImage(), image }
  const containerOf = (change: Partial<PodSpec>) =>
    specOf({ kind: 'DaemonSet', name: 'app', pods: [{ ...app, ...change }] }).template.spec.containers[0]

  test('a dollar of the pod stays one, what Kubernetes is to fill in does as well', () => {
    expect(containerOf({ command: ['sh', '$(HOME) $$ $(POD_IP)$(NODE_NAME)'], env: {} })).toMatchObject({
      command: ['sh', '$$(HOME) $$$$ $(POD_IP)$(NODE_NAME)'],
      env: [
        { name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
        { name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
      ],
    })
  })

  test('only what reads the logs of nodes is root', () => {
    expect(containerOf({})).not.toHaveProperty('securityContext')
  })

  test.each([
    [{ preStop: { sleepSeconds: 5 } }, ['sleep', '5']],
    [{ preStop: { exec: ['sh', '-c', 'echo ${ROOT}/x'] } }, ['sh', '-c', 'echo /x']],
  ])('preStop %j', (change, command) => {
    expect(containerOf(change).lifecycle).toEqual({ preStop: { exec: { command } } })
  })

  test('files of one name have keys of their own', () => {
    const [first, second] = containerOf({ files: { '/a/x.conf': '1', '/b/x.conf': '2' } }).volumeMounts as {
      subPath: string
    }[]
    expect([first?.subPath, second?.subPath]).toEqual(['x.conf', '2-x.conf'])
  })
})

test('tolerations are those that are given', () => {
  expect(specOf(forwarders).template.spec.tolerations).toEqual([])
  expect(specOf(forwarders, { tolerations: tolerateEverything }).template.spec.tolerations).toEqual([
    { operator: 'Exists' },
  ])
})

describe('what no controller would keep is refused', () => {
  const [first, second] = forwarders.pods
  const other = { ...second!, env: { MORE: '1' } }
  test.each<[string, Workload, string]>([
    ['no pods', { ...forwarders, pods: [] }, 'it has no pods'],
    [
      'pods that differ',
      { ...forwarders, pods: [first!, other] },
      'fluentd-forwarder-node-1 and fluentd-forwarder-node-2 differ in env',
    ],
    [
      'one node twice',
      { ...forwarders, pods: [first!, first!] },
      'two of its pods are on one node (node-1, node-1)',
    ],
    ['no image', { ...forwarders, pods: [{ ...appPodWithoutImage() }] }, 'pod app names no image'],
    [
      'never restarted',
      aggregators('Deployment', { restartPolicy: 'Never' }),
      'its pods are always restarted, fluentd-aggregator-0 is not to be',
    ],
    [
      'replicas that nobody would call so',
      { ...forwarders, kind: 'Deployment' },
      'none of its pods would be called "fluentd-forwarder-node-1"',
    ],
    [
      'replicas with claims that only a StatefulSet gives',
      replicas('Deployment'),
      'fluentd-aggregator-0 and fluentd-aggregator-1 differ in volumes',
    ],
    ['a bad name', { ...forwarders, name: 'a_b' }, '"a_b" is no name for it'],
  ])('%s', (_, workload, problem) => {
    expect(() => workloadManifests(workload, settings)).toThrow(
      `${workload.kind} ${workload.name} cannot be made: ${problem}`,
    )
  })

  test('a node that is not there', () => {
    expect(() => workloadManifests(forwarders, { ...settings, kubernetesNames: { 'node-1': 'a' } })).toThrow(
      'There is no node node-2; there is node-1',
    )
  })
})

function appPodWithoutImage(): PodSpec {
  const options = {
    name: 'app',
    node: 'node-1',
    run: 'r',
    stream: 's',
    seed: 1,
    lineBytes: 9,
    noise: 'none',
    logsTo: 'stdout',
  } as const
  return appPod(options, endpoints, { command: ['node', '/app.mjs'], files: {} })
}

test.each([
  ['block', 'gapless-rwo', 'ReadWriteOnce'],
  ['file', 'gapless-rwx', 'ReadWriteMany'],
] as const)('a claim of storage %s is of class %s, %s', (storage, storageClassName, accessMode) => {
  const moving = resolveKnobs('hardened', { 'aggregator.storage': storage })
  const pod = { ...aggregatorPod(moving, 'node-2', endpoints, program), image }
  const spec = specOf({ kind: 'StatefulSet', name: 'fluentd-aggregator', pods: [pod] })
  expect(spec.volumeClaimTemplates).toMatchObject([{ spec: { storageClassName, accessModes: [accessMode] } }])
})
