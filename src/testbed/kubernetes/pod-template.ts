import type {
  V1Container,
  V1EnvVar,
  V1Lifecycle,
  V1PodSpec,
  V1Volume,
  V1VolumeMount,
} from '@kubernetes/client-node'
import { posix } from 'node:path'
import type { PodSpec, VolumeSpec, Workload } from '../contract.js'
import type { WorkloadSettings } from './manifests.js'
import type { Manifest, Plain } from './objects.js'

/** What a pod may say in its command and its environment; set only where it does. */
const downward = {
  POD_IP: 'status.podIP',
  POD_NAME: 'metadata.name',
  NODE_NAME: 'spec.nodeName',
} as const
const dollars = new RegExp(`\\$\\((${Object.keys(downward).join('|')})\\)|\\$`, 'g')

/** A template's pod without what schedules it. */
export function podTemplateSpec(
  workload: Workload,
  spec: PodSpec,
  settings: Pick<WorkloadSettings, 'ports' | 'readinessPort'>,
): Plain<V1PodSpec> {
  return {
    serviceAccountName: workload.name,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: spec.terminationGracePeriodSeconds,
    containers: [container(workload, spec, settings)],
    volumes: volumesOf(workload, spec),
  }
}

function container(
  workload: Workload,
  spec: PodSpec,
  { ports = {}, readinessPort }: Pick<WorkloadSettings, 'ports' | 'readinessPort'>,
): Plain<V1Container> {
  const lifecycle = preStopOf(spec)
  return {
    name: spec.container,
    ...(spec.image !== undefined && { image: spec.image }),
    imagePullPolicy: 'IfNotPresent',
    command: spec.command.map(substituted),
    workingDir: '/',
    env: environment(spec),
    ...(Object.keys(ports).length > 0 && {
      ports: Object.entries(ports).map(([name, containerPort]) => ({ name, containerPort, protocol: 'TCP' })),
    }),
    ...(readinessPort !== undefined && {
      readinessProbe: { tcpSocket: { port: readinessPort }, periodSeconds: 1, failureThreshold: 3 },
    }),
    ...(lifecycle && { lifecycle }),
    // The logs of a node are root's.
    ...(spec.role !== 'app' && { securityContext: { runAsUser: 0 } }),
    volumeMounts: mountsOf(workload, spec),
  }
}

/** `${ROOT}` is nothing in a real container; a `$` that is the pod's own must not be taken for Kubernetes'. */
function substituted(text: string): string {
  return text.replaceAll('${ROOT}', '').replace(dollars, (found) => (found === '$' ? '$$' : found))
}

function environment(spec: PodSpec): Plain<V1EnvVar[]> {
  const texts = [...spec.command, ...Object.values(spec.env)]
  const asked = Object.entries(downward).filter(([name]) => texts.some((text) => text.includes(`$(${name})`)))
  return [
    ...asked.map(([name, fieldPath]) => ({ name, valueFrom: { fieldRef: { fieldPath } } })),
    ...Object.entries(spec.env).map(([name, value]) => ({ name, value: substituted(value) })),
  ]
}

function preStopOf({ preStop }: PodSpec): Plain<V1Lifecycle> | undefined {
  if (preStop === undefined) return undefined
  const command = 'exec' in preStop ? preStop.exec.map((word) => word.replaceAll('${ROOT}', '')) : undefined
  return {
    preStop: {
      exec: { command: command ?? ['sleep', String('exec' in preStop ? 0 : preStop.sleepSeconds)] },
    },
  }
}

/** The name of the template whose claim is called so, `<template>-<workload>-<number>`; undefined where none could be. */
export function claimTemplateName(workload: Workload, { source }: VolumeSpec): string | undefined {
  if (workload.kind !== 'StatefulSet' || source.type !== 'persistentVolumeClaim') return undefined
  const [, name = ''] = /^(.+)-\d+$/.exec(source.claimName) ?? []
  const suffix = `-${workload.name}`
  return name.endsWith(suffix) ? name.slice(0, -suffix.length) : undefined
}

function volumesOf(workload: Workload, spec: PodSpec): Plain<V1Volume[]> {
  const volumes = spec.volumes.flatMap((volume) =>
    claimTemplateName(workload, volume) === undefined ? [{ name: volume.name, ...sourceOf(volume) }] : [],
  )
  const files = Object.keys(spec.files).length > 0
  return [
    ...volumes,
    ...(files ? [{ name: filesVolume, configMap: { name: `${workload.name}-files` } }] : []),
  ]
}

function sourceOf({ source, sizeLimitBytes }: VolumeSpec): Omit<Plain<V1Volume>, 'name'> {
  switch (source.type) {
    case 'hostPath':
      return { hostPath: { path: source.path, type: 'DirectoryOrCreate' } }
    case 'emptyDir':
      return { emptyDir: sizeLimitBytes === undefined ? {} : { sizeLimit: String(sizeLimitBytes) } }
    case 'persistentVolumeClaim':
      return { persistentVolumeClaim: { claimName: source.claimName } }
  }
}

const filesVolume = 'gapless-files'

function mountsOf(workload: Workload, spec: PodSpec): Plain<V1VolumeMount[]> {
  return [
    ...spec.volumes.map((volume) => ({
      name: claimTemplateName(workload, volume) ?? volume.name,
      mountPath: volume.mountPath,
    })),
    ...Object.entries(keysOf(spec)).map(([mountPath, subPath]) => ({
      name: filesVolume,
      mountPath,
      subPath,
      readOnly: true,
    })),
  ]
}

/** The keys of a pod's files in its ConfigMap, by their paths. */
function keysOf({ files }: PodSpec): Readonly<Record<string, string>> {
  const taken = new Set<string>()
  return Object.fromEntries(
    Object.keys(files).map((path) => {
      const name = posix.basename(path).replace(/[^-._a-zA-Z0-9]/g, '_')
      let key = name
      for (let number = 2; taken.has(key); number++) key = `${number}-${name}`
      taken.add(key)
      return [path, key]
    }),
  )
}

/** The ConfigMap of a pod's files; none for a pod without. */
export function filesConfigMap(spec: PodSpec, metadata: Manifest['metadata']): readonly Manifest[] {
  const keys = keysOf(spec)
  const data = Object.fromEntries(
    Object.entries(spec.files).map(([path, text]) => [keys[path] ?? '', text.replaceAll('${ROOT}', '')]),
  )
  if (Object.keys(data).length === 0) return []
  return [{ apiVersion: 'v1', kind: 'ConfigMap', metadata, data }]
}
