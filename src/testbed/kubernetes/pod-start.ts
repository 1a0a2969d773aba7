import { GaplessError } from '../../errors.js'
import { until } from '../../until.js'
import { isGone } from './api.js'
import type { KubernetesContext } from './context.js'
import { conditionOf, type EventObject, type ListOf, type PodObject } from './objects.js'
import { listPath, objectPath } from './paths.js'
import { troubleOf, type PodTrouble } from './pod-trouble.js'

export interface StartOptions {
  /** In messages, e.g. `fluentd-forwarder on node-1`. */
  readonly name: string
  /** The pod; undefined as long as there is none. */
  readonly find: () => PodObject | undefined
  /** Kind and name of its controller, whose events say why there is no pod. */
  readonly controller?: { readonly kind: string; readonly name: string }
  /** Wait for its readiness, too. */
  readonly ready: boolean
  /** A container that crashed or was killed is waited for while kubelet backs off. */
  readonly patient?: boolean
  readonly timeoutMs: number
}

/** How often events are asked for while a pod does not run. */
const eventsEveryMs = 1_000

/**
 * Resolves to the pod once its container runs. Throws a GaplessError that says why as soon as it is clear that it
 * will not: by Kubernetes' own word and, for a container that crashes, its last lines.
 */
export async function untilStarted(options: StartOptions, context: KubernetesContext): Promise<PodObject> {
  const { name, find, ready, patient = false, timeoutMs } = options
  const since = new Map<string, number>()
  let told = ''
  let events: readonly EventObject[] = []
  let askedAtMs = performance.now()

  async function poll(): Promise<PodObject | undefined> {
    const failure = context.failure?.()
    if (failure) throw failure
    const pod = find()
    if (pod && runs(pod, ready)) {
      context.onProgress(`${name}: ${ready ? 'ready' : 'running'}`)
      return pod
    }
    if (performance.now() - askedAtMs > eventsEveryMs) {
      events = await eventsAbout(pod, options, context)
      askedAtMs = performance.now()
    }
    const now = describe(pod)
    if (now !== told) context.onProgress(`${name}: ${now}`)
    told = now
    const trouble = pod ? troubleOf(pod, events) : controllerTrouble(events)
    if (trouble === undefined || (patient && trouble.reason === 'CrashLoopBackOff')) return undefined
    const first = since.get(trouble.reason) ?? performance.now()
    since.set(trouble.reason, first)
    if (performance.now() - first >= trouble.graceMs) throw await refusal(name, trouble, pod, context)
    return undefined
  }

  try {
    return await until(`${name} to run`, { timeoutMs, intervalMs: 100, signal: context.signal, poll })
  } catch (error) {
    if (!(error instanceof GaplessError) || error.code !== 'timeout') throw error
    const last = events.at(-1)?.message
    throw new GaplessError(`${error.message}: ${told}${last === undefined ? '' : `; ${last}`}`, {
      code: 'timeout',
      cause: error,
    })
  }
}

function runs(pod: PodObject, ready: boolean): boolean {
  if (pod.metadata.deletionTimestamp !== undefined) return false
  if (ready) return conditionOf(pod, 'Ready')?.status === 'True'
  return pod.status?.containerStatuses?.[0]?.state?.running !== undefined
}

function describe(pod: PodObject | undefined): string {
  if (pod === undefined) return 'no pod yet'
  if (pod.metadata.deletionTimestamp !== undefined) return 'the pod before is still terminating'
  if (pod.spec.nodeName === undefined) return 'not scheduled yet'
  const { waiting, running, terminated } = pod.status?.containerStatuses?.[0]?.state ?? {}
  if (running) return 'running, not ready yet'
  if (terminated) return `ended with exit code ${terminated.exitCode}`
  return waiting?.reason ?? `scheduled to ${pod.spec.nodeName}`
}

async function eventsAbout(
  pod: PodObject | undefined,
  { controller }: StartOptions,
  { api, namespace }: KubernetesContext,
): Promise<readonly EventObject[]> {
  const of = pod ? { kind: 'Pod', name: pod.metadata.name } : controller
  if (of === undefined) return []
  const selector = encodeURIComponent(
    `involvedObject.kind=${of.kind},involvedObject.name=${of.name},type=Warning`,
  )
  const path = `${listPath('Event', namespace)}?fieldSelector=`
  const { items } = await api.get<ListOf<EventObject>>(`${path}${selector}`)
  const mine = items.filter(({ involvedObject }) => !pod || involvedObject.uid === pod.metadata.uid)
  const ofClaims = await api.get<ListOf<EventObject>>(`${path}${claimWarnings}`)
  const claims = pod?.spec.volumes?.map(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName) ?? []
  const theirs = ofClaims.items.filter(({ involvedObject }) => claims.includes(involvedObject.name))
  return [...mine, ...theirs].sort((a, b) => timeOf(a) - timeOf(b))
}

const claimWarnings = encodeURIComponent('involvedObject.kind=PersistentVolumeClaim,type=Warning')

function timeOf({ lastTimestamp, eventTime, metadata }: EventObject): number {
  return Date.parse(lastTimestamp ?? eventTime ?? metadata.creationTimestamp)
}

function controllerTrouble(events: readonly EventObject[]): PodTrouble | undefined {
  const event = events.findLast(({ reason }) => reason === 'FailedCreate')
  return event && { reason: 'FailedCreate', message: event.message ?? '', graceMs: 5_000 }
}

async function refusal(
  name: string,
  { reason, message }: PodTrouble,
  pod: PodObject | undefined,
  context: KubernetesContext,
): Promise<GaplessError> {
  const lines = pod && reason === 'CrashLoopBackOff' ? await lastLines(pod, context) : ''
  const said = lines === '' ? '' : `\nIts last lines:\n${lines}`
  return new GaplessError(`${name} will not start: ${reason}: ${message}${said}`, {
    code: 'pipeline-refused',
  })
}

async function lastLines(pod: PodObject, { api, namespace }: KubernetesContext): Promise<string> {
  const path = `${objectPath('Pod', namespace, pod.metadata.name)}/log?previous=true&tailLines=15`
  try {
    return (await api.request('GET', path)).trimEnd()
  } catch (error) {
    if (isGone(error)) return ''
    return ''
  }
}
