import { Agent, request as httpsRequest, type RequestOptions } from 'node:https'
import type { KubeConfig } from '@kubernetes/client-node'
import { GaplessError, messageOf } from '../../errors.js'
import { collectionPath, objectPath } from './paths.js'
import type { Manifest } from './objects.js'

/** What this API server serves, asked once. Whatever depends on a version of Kubernetes asks here. */
export interface Served {
  /** E.g. `v1.20.2`. */
  readonly version: string
  readonly minor: number
  /** Of PodDisruptionBudgets. */
  readonly policy: 'policy/v1' | 'policy/v1beta1'
  /** Of evictions; a server of 1.21 serves policy/v1 and knows no eviction of that version yet. */
  readonly eviction: 'policy/v1' | 'policy/v1beta1'
  /** Whether the taint node.kubernetes.io/out-of-service makes it detach volumes. */
  readonly outOfServiceTaint: boolean
  /** Whether init containers may have restartPolicy: Always. */
  readonly nativeSidecars: boolean
}

export interface RequestSettings {
  readonly body?: unknown
  readonly contentType?: string
  /** Default 15 000. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

export interface DeleteSettings {
  readonly gracePeriodSeconds?: number
  /** Only this very object, not a later one of its name. */
  readonly uid?: string
  readonly propagationPolicy?: 'Foreground' | 'Background' | 'Orphan'
}

/** A connection to one API server. Everything it throws is an ApiError, or a GaplessError where nobody answered. */
export interface KubernetesApi extends Disposable {
  readonly kubeConfig: KubeConfig
  readonly served: Served
  /** The text of the answer; throws an ApiError for one that is not 2xx. */
  request(method: string, path: string, settings?: RequestSettings): Promise<string>
  get<T>(path: string, settings?: RequestSettings): Promise<T>
  create(object: Manifest): Promise<void>
  /** A merge patch (RFC 7386): null removes. */
  patch(path: string, change: unknown): Promise<void>
  /** False where it was gone already. */
  remove(path: string, settings?: DeleteSettings): Promise<boolean>
  /** Throws an ApiError with code 429 where a PodDisruptionBudget forbids it. */
  evict(namespace: string, pod: string, settings?: Omit<DeleteSettings, 'propagationPolicy'>): Promise<void>
}

/** An answer that says no: `code` is its HTTP status, `reason` Kubernetes' word for it, e.g. `AlreadyExists`. */
export class ApiError extends GaplessError {
  readonly status: number
  readonly reason: string

  constructor(method: string, path: string, status: number, text: string) {
    const { message, reason } = statusOf(text)
    super(`Kubernetes refused ${method} ${path}: ${message} (${status})`, { code: 'instrument' })
    this.status = status
    this.reason = reason
  }
}

export const isGone = (error: unknown): boolean => error instanceof ApiError && error.status === 404
export const isConflict = (error: unknown): boolean => error instanceof ApiError && error.status === 409
/** Told to come back later: an eviction that a PodDisruptionBudget forbids now. */
export const isTooMany = (error: unknown): boolean => error instanceof ApiError && error.status === 429

/** Reads a kubeconfig file, this one and no other, and asks the server what it serves. */
export async function connect(kubeconfigPath: string): Promise<KubernetesApi> {
  // It takes most of a second to load, which only those pay who have a cluster.
  const { KubeConfig } = await import('@kubernetes/client-node')
  const kubeConfig = new KubeConfig()
  kubeConfig.loadFromFile(kubeconfigPath)
  const server = kubeConfig.getCurrentCluster()?.server
  if (server === undefined) {
    throw new GaplessError(`No current cluster in ${kubeconfigPath}`, { code: 'usage' })
  }
  const requestOptions: RequestOptions = {}
  await kubeConfig.applyToHTTPSOptions(requestOptions)
  const agent = new Agent({ ...agentOptions(requestOptions), keepAlive: true })
  const send = sender(server, { ...requestOptions, agent })

  async function get<T>(path: string, settings?: RequestSettings): Promise<T> {
    return JSON.parse(await send('GET', path, settings)) as T
  }

  async function remove(path: string, settings: DeleteSettings = {}): Promise<boolean> {
    try {
      await send('DELETE', path, { body: deleteOptions(settings) })
      return true
    } catch (error) {
      if (isGone(error)) return false
      throw error
    }
  }

  const served = await askServed(get)
  return {
    kubeConfig,
    served,
    request: send,
    get,
    create: async (object) => {
      await send('POST', collectionPath(object), { body: object })
    },
    patch: async (path, change) => {
      await send('PATCH', path, { body: change, contentType: 'application/merge-patch+json' })
    },
    remove,
    evict: async (namespace, pod, settings = {}) => {
      const body = {
        apiVersion: served.eviction,
        kind: 'Eviction',
        metadata: { name: pod, namespace },
        deleteOptions: deleteOptions(settings),
      }
      await send('POST', `${objectPath('Pod', namespace, pod)}/eviction`, { body })
    },
    [Symbol.dispose]: () => agent.destroy(),
  }
}

function agentOptions({ ca, cert, key, passphrase, pfx, rejectUnauthorized, servername }: RequestOptions) {
  const given = { ca, cert, key, passphrase, pfx, rejectUnauthorized, servername }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

type Send = (method: string, path: string, settings?: RequestSettings) => Promise<string>

function sender(server: string, options: RequestOptions): Send {
  return async (
    method,
    path,
    { body, contentType = 'application/json', timeoutMs = 15_000, signal } = {},
  ) => {
    const text = body === undefined ? undefined : JSON.stringify(body)
    const deadline = AbortSignal.timeout(timeoutMs)
    const abort = signal ? AbortSignal.any([signal, deadline]) : deadline
    return new Promise((resolve, reject) => {
      const fail = (cause: unknown) => {
        const said = deadline.aborted ? `no answer within ${timeoutMs / 1000} s` : messageOf(cause)
        reject(
          signal?.aborted
            ? (signal.reason as Error)
            : new GaplessError(`The API server at ${server} did not answer ${method} ${path}: ${said}`, {
                code: deadline.aborted ? 'timeout' : 'instrument',
                cause,
              }),
        )
      }
      const outgoing = httpsRequest(`${server}${path}`, {
        ...options,
        method,
        signal: abort,
        headers: {
          ...(options.headers as Record<string, string> | undefined),
          ...(text !== undefined && {
            'content-type': contentType,
            'content-length': Buffer.byteLength(text),
          }),
        },
      })
      outgoing.on('error', fail)
      outgoing.on('response', (response) => {
        const parts: Buffer[] = []
        response.on('data', (part: Buffer) => parts.push(part))
        response.on('error', fail)
        response.on('end', () => {
          const answer = Buffer.concat(parts).toString('utf8')
          const status = response.statusCode ?? 0
          if (status >= 200 && status < 300) resolve(answer)
          else reject(new ApiError(method, path, status, answer))
        })
      })
      outgoing.end(text)
    })
  }
}

function deleteOptions({ gracePeriodSeconds, uid, propagationPolicy }: DeleteSettings) {
  return {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    ...(gracePeriodSeconds !== undefined && { gracePeriodSeconds }),
    ...(uid !== undefined && { preconditions: { uid } }),
    ...(propagationPolicy !== undefined && { propagationPolicy }),
  }
}

async function askServed(get: <T>(path: string) => Promise<T>): Promise<Served> {
  const [{ gitVersion, minor }, groups, core] = await Promise.all([
    get<{ gitVersion: string; minor: string }>('/version'),
    get<{ groups: { name: string; versions: { groupVersion: string }[] }[] }>('/apis'),
    get<{ resources: { name: string; group?: string; version?: string }[] }>('/api/v1'),
  ])
  return whatIsServed(gitVersion, minor, {
    policies: groups.groups
      .filter(({ name }) => name === 'policy')
      .flatMap(({ versions }) => versions.map(({ groupVersion }) => groupVersion)),
    eviction: core.resources.find(({ name }) => name === 'pods/eviction')?.version,
  })
}

/** `minor` may have a suffix, as `27+` on managed clusters. */
export function whatIsServed(
  version: string,
  minor: string,
  found: { readonly policies: readonly string[]; readonly eviction: string | undefined },
): Served {
  const number = Number.parseInt(minor, 10)
  return {
    version,
    minor: number,
    policy: found.policies.includes('policy/v1') ? 'policy/v1' : 'policy/v1beta1',
    eviction: found.eviction === 'v1' ? 'policy/v1' : 'policy/v1beta1',
    outOfServiceTaint: number >= 26,
    nativeSidecars: number >= 29,
  }
}

function statusOf(text: string): { message: string; reason: string } {
  try {
    const { message, reason } = JSON.parse(text) as { message?: string; reason?: string }
    return { message: message ?? text, reason: reason ?? '' }
  } catch {
    return { message: text.slice(0, 500).trim(), reason: '' }
  }
}
