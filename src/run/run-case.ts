import { setTimeout as sleep } from 'node:timers/promises'
import { analyze } from '../analyze/analyze.js'
import { startKeeper } from '../custody/keeper.js'
import { saveEvidence } from '../custody/save.js'
import { GaplessError, isGaplessError, messageOf } from '../errors.js'
import { neededBy } from '../faults/needs.js'
import { faultDefinition } from '../faults/registry.js'
import { aggregatorPod, storageOf } from '../pipeline/aggregator.js'
import { configFileOf, type FluentdProgram } from '../pipeline/fluentd-pod.js'
import { forwarderPod } from '../pipeline/forwarder.js'
import { describeLacking } from '../scenario/capabilities.js'
import { type Knobs } from '../scenario/knobs.js'
import { fluentdsMeant, type Case, type Plan } from '../scenario/plan.js'
import { type FluentdTarget } from '../scenario/target.js'
import { actionsOf, conditionsOf, type Step } from '../scenario/timeline.js'
import { type Result } from '../store/result.js'
import { createRunDirectory, type RunDirectory } from '../store/run-directory.js'
import { type Capability, type Cluster, type Testbed } from '../testbed/contract.js'
import { type WireClient } from '../wire/client.js'
import { conditionHolds } from './conditions.js'
import { deploy } from './deploy.js'
import { drain, type Drain } from './drain.js'
import { createFaultContext } from './fault-context.js'
import { fluentdsBack } from './fluentds-back.js'
import { tellFoundBuffers } from './found-buffers.js'
import { holdings } from './held.js'
import { howFar } from './how-far.js'
import { type RunListener } from './listener.js'
import { createObserver, linesOf, type Observer } from './observer.js'
import { provision } from './provision.js'
import { createRecorder, type Recorder } from './recorder.js'
import { seededRandom } from './random.js'
import { checkRoom, notWritable, storeErrorBehind } from './room.js'
import { createTeardown, type Teardown } from './teardown.js'
import { runTimeline } from './timeline.js'
import { load, probe, warmUp } from './workload.js'

export interface RunOptions {
  readonly planned: Case
  readonly plan: Plan
  readonly testbed: Testbed
  readonly fluentd: FluentdProgram
  /** Directory that gets a directory for this run. */
  readonly out: string
  /** Leave the pipeline running for somebody to look into. */
  readonly keep: boolean
  readonly signal: AbortSignal
  readonly listener: RunListener
}

export interface FinishedRun {
  readonly result: Result
  readonly directory: string
}

/** What the scenario, its faults and these knobs need of a testbed. Throws for faults that do not go together so. */
export function neededCapabilities({ scenario, steps, aggregator }: Case, knobs: Knobs): Capability[] {
  const replicas = aggregator && knobs['aggregator.replicas'] > 1
  const storage = aggregator ? storageOf(knobs) : undefined
  return [
    ...new Set([
      ...(scenario.needs ?? []),
      ...neededBy(steps),
      ...(conditionsOf(steps).some(({ on }) => on === 'event') ? ['kubernetes' as const] : []),
      ...(replicas ? ['replicas' as const] : []),
      ...(storage ? [storage === 'block' ? ('rwo-volumes' as const) : ('rwx-volumes' as const)] : []),
    ]),
  ]
}

/**
 * One run, from nothing to a stored result. Everything is written down as it happens; whatever happens, what was
 * started is ended again (unless kept) and what was measured is judged. Throws only where there is nothing to
 * judge: the store cannot be written, or the pipeline never stood.
 */
export async function runCase(options: RunOptions): Promise<FinishedRun> {
  const { plan, out, listener, signal } = options
  const store = createRunDirectory(out, plan)
  const run = createRecorder(store, listener)
  listener.planned?.(plan, store.path)
  const teardown = createTeardown()
  let failure: Error | undefined
  try {
    await live(options, store, run, teardown)
  } catch (error) {
    failure = storeErrorBehind(error, store.path)
    if (signal.aborted) run.record({ type: 'interrupted', atMs: Date.now(), phase: run.phase })
    else run.record({ type: 'problem', atMs: Date.now(), message: messageOf(failure) })
  }
  run.enter('teardown')
  const problems = await teardown.unwind()
  for (const problem of problems) listener.note?.(`while tidying up: ${problem}`, Date.now())
  if (problems.length > 0) listener.note?.('Something may be left: `gapless clean` removes it', Date.now())
  if (failure !== undefined && !signal.aborted && !run.reached('warm-up')) throw failure
  run.enter('report')
  run.checkClock()
  run.record({ type: 'ended', atMs: Date.now() })
  failure ??= run.failure
  const result = await analyze(store.path, { asFound: true })
  store.writeJson('result.json', result)
  listener.ended?.(result, store.path)
  if (isGaplessError(failure) && failure.code === 'store-not-writable') throw failure
  return { result, directory: store.path }
}

/** The phases in order; each is a function below. */
async function live(
  options: RunOptions,
  store: RunDirectory,
  run: Recorder,
  teardown: Teardown,
): Promise<void> {
  const { plan, listener, planned, signal } = options
  run.enter('provision')
  const { testbed } = options
  const { cluster, collector, tap, endpoints, temporary } = await provision({
    plan,
    steps: planned.steps,
    testbed,
    fluentd: options.fluentd,
    store,
    run,
    teardown,
    signal,
    listener,
  })
  const missing = neededCapabilities(planned, plan.knobs).filter((one) => cluster.lacks?.has(one))
  if (missing.length > 0) throw new GaplessError(describeLacking(missing), { code: 'not-served' })
  run.enter('deploy')
  const fluentd = withSocketsIn(temporary, options.fluentd)
  const deployment = await deploy({ plan, store, cluster, endpoints, fluentd, signal })
  const { podOf } = deployment
  await prepareFaults(planned.steps, cluster)
  const observer = createObserver({ plan, collector, endpoints, podOf })
  const keeper = startKeeper({ store, plan, cluster, podOf })
  teardown.defer('ending the watch over positions', keeper.stop)
  const stopTelling = tellFoundBuffers({
    cluster,
    aggregators: plan.aggregator ? fluentdsMeant({ role: 'aggregator' }, plan).map(podOf) : [],
    heldByPod: holdings(plan, cluster).byPod,
    record: run.record,
  })
  teardown.defer('ending the watch over volumes', stopTelling)
  const onPoll = async () => {
    const failure = run.failure ?? cluster.failure?.()
    if (failure !== undefined) throw failure
    checkRoom(store.path)
    await reportProgress(plan, store, observer, run, listener)
  }

  run.enter('warm-up')
  const silent = await warmUp(plan, collector, signal, onPoll)
  const gone = new Set<string>()
  const looking = { plan, cluster, observer, wire: tap, podOf, gone }
  let unseen: Drain['unseen'] = []
  if (silent.length > 0) {
    // Nothing was broken yet, and waiting longer shows no more: that there is no drain makes the run prove nothing.
    const names = silent.join(', ')
    run.problem(`stream ${names} never warmed up, nothing of it arrived in 60 s: ${await howFar(looking)}`)
  } else {
    // Faults are to meet the flush cycle at another moment with every seed, and at the same one with the same.
    await sleep(seededRandom(plan.seed) * 1000, undefined, { signal })
    run.enter('load')
    const configOf = (target: FluentdTarget, knobs: Knobs) =>
      configFileOf(
        target.role === 'aggregator'
          ? aggregatorPod(knobs, plan.aggregatorNode, endpoints, fluentd, target.replica ?? 0)
          : forwarderPod(knobs, target.node, endpoints, fluentd),
      )
    const context = createFaultContext({
      plan,
      cluster,
      collector,
      wire: tap,
      endpoints,
      observer,
      deployment,
      keeper,
      configOf,
      signal,
    })
    const polling = { gone, signal, onPoll }
    const loading = load(plan, collector, polling).then((unfinished) => {
      run.record({ type: 'load-ended', atMs: Date.now() })
      if (unfinished !== undefined) run.problem(unfinished)
    })
    const timeline = runTimeline({
      steps: planned.steps,
      context,
      holds: (condition) =>
        conditionHolds(condition, {
          ...observer,
          podsOf: (target) => fluentdsMeant(target, plan).map(podOf),
        }),
      record: run.record,
      loadEnded: loading,
      onNodeGone: (node) => gone.add(node),
    })
    const [confirmLasting] = await Promise.all([timeline, loading])
    await fluentdsBack({ plan, observer, podOf, ...polling })
    run.record({ type: 'probe', atMs: Date.now() })
    const unfinished = await probe(plan, collector, polling)
    if (unfinished !== undefined) run.problem(unfinished)

    run.enter('drain')
    const { unseen: unseenThen, ...ended } = await drain({ ...looking, signal, onPoll })
    run.record({ type: 'drain-ended', atMs: Date.now(), ...ended })
    unseen = unseenThen
    await confirmLasting()
  }

  run.enter('custody')
  const state = await observer.state()
  run.record({ type: 'collector', atMs: Date.now(), bootId: state.bootId, failure: state.failure })
  const bufferOf = (target: FluentdTarget) => observer.buffer(target)
  await saveEvidence({ store, plan, cluster, podOf, bufferOf, unseen, keeper, gone })
  await collector.finish()
  if (tap) await finishTap(tap, run)
  if (options.keep) {
    await Promise.all([cluster.detach(), collector.detach(), tap?.detach()])
    teardown.forget()
    listener.note?.('The pipeline is kept running; `gapless clean` ends it.', Date.now())
  }
}

/** One after the other, as several may need the same. */
async function prepareFaults(steps: readonly Step[], cluster: Cluster): Promise<void> {
  for (const action of actionsOf(steps)) {
    if (action.type === 'inject') await faultDefinition(action.spec.fault).prepare?.(action.spec, { cluster })
  }
}

/** A tap that failed saw less than there was, or made forwarders wait. */
async function finishTap(tap: WireClient, run: Recorder): Promise<void> {
  const { failure } = await tap.state()
  if (failure !== null) run.problem(`the tap on the forward connections failed: ${failure}`)
  await tap.finish()
}

/** A Fluentd that is killed leaves sockets and lock directories behind; they are to be where they go with the run. */
function withSocketsIn(directory: string, fluentd: FluentdProgram): FluentdProgram {
  // A container of an image has a /tmp of its own.
  if (fluentd.image !== undefined) return fluentd
  return {
    ...fluentd,
    env: { ...fluentd.env, SERVERENGINE_SOCKETMANAGER_SOCK_DIR: directory, TMPDIR: directory },
  }
}

async function reportProgress(
  plan: Plan,
  store: RunDirectory,
  observer: Observer,
  run: Recorder,
  listener: RunListener,
): Promise<void> {
  const state = await observer.state()
  if (state.failure !== null) throw notWritable(store.path, state.failure)
  listener.progress?.({
    phase: run.phase,
    sent: linesOf(plan, state, 'sent'),
    delivered: linesOf(plan, state, 'delivered'),
    expectedLines: plan.load.lines * plan.streams.length,
    elapsedMs: Date.now() - plan.startedAtMs,
  })
}
