import { z } from 'zod'
import { GaplessError } from '../errors.js'
import { capabilities } from './capabilities.js'
import { timelineProblems } from './check-timeline.js'
import { nodeNames, type Scenario } from './define.js'
import { isDuration } from './duration.js'
import { findings, holdingStations } from './expectation.js'
import { knobNames, parseKnob } from './knobs.js'
import { profileNames } from './profiles.js'
import { stepSchema } from './timeline-schema.js'
import { didYouMean } from '../nearest.js'

const count = z.int().min(0)
const durationSchema = z.string().refine(isDuration, 'a duration such as 500ms, 2s or 1m')
const lineBytesSchema = z.int().min(1).max(2_000_000)

const loadSchema = z.strictObject({
  streams: z.int().min(1).max(1000).optional(),
  lines: z.int().min(1).max(9_999_999_999),
  linesPerSecond: z.union([z.literal('max'), z.number().positive()]),
  lineBytes: z
    .union([
      lineBytesSchema,
      z.tuple([lineBytesSchema, lineBytesSchema]).refine(([from, to]) => from <= to, 'from ≤ to'),
    ])
    .optional(),
  noise: z.enum(['none', 'hostile']).optional(),
})

const boundSchema = z
  .strictObject({ atLeast: count.optional(), atMost: count.optional() })
  .refine(({ atLeast = 0, atMost = Infinity }) => atLeast <= atMost, 'atLeast ≤ atMost')

const bounds = Object.fromEntries(findings.map((finding) => [finding, boundSchema.optional()]))

const expectationSchema = z.strictObject({
  ...bounds,
  nodes: z.record(z.string(), z.strictObject(bounds)).optional(),
  lostBefore: z
    .partialRecord(z.enum(['node log', 'forwarder', 'wire', 'destination']), boundSchema)
    .optional(),
  strandedAt: z.partialRecord(z.enum(holdingStations), boundSchema).optional(),
  duplicatedBy: z.partialRecord(z.enum(['forwarder', 'aggregator']), boundSchema).optional(),
  delay: z.partialRecord(z.enum(['p50', 'p90', 'p99', 'max']), durationSchema).optional(),
  recovers: z.union([z.boolean(), durationSchema]).optional(),
})

const variantFields = {
  profile: z.enum(profileNames).optional(),
  knobs: z.record(z.string(), z.unknown()).optional(),
  load: loadSchema.optional(),
  timeline: z.array(stepSchema).optional(),
  expect: expectationSchema.optional(),
  fluentd: z.string().min(1).optional(),
  aggregator: z.boolean().optional(),
  tap: z.boolean().optional(),
}

const scenarioSchema = z.strictObject({
  ...variantFields,
  name: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'lower-case words joined by hyphens'),
  proves: z.string().min(1),
  claims: z.array(z.string()).optional(),
  load: loadSchema,
  nodes: z.int().min(1).max(20).optional(),
  variants: z.record(z.string().min(1), z.strictObject(variantFields)).optional(),
  needs: z.array(z.enum(capabilities)).optional(),
  drainDeadline: durationSchema.optional(),
  lateAfter: durationSchema.optional(),
  containerLog: z
    .strictObject({ maxBytes: z.int().min(1024).optional(), maxFiles: z.int().min(2).optional() })
    .optional(),
  timings: z
    .strictObject({
      nodeMonitorGracePeriodSeconds: z.int().min(1).optional(),
      notReadyTolerationSeconds: count.optional(),
      unreachableTolerationSeconds: count.optional(),
    })
    .optional(),
})

/** Checks what a scenario file exports. Throws a GaplessError that names the file, the field and what is allowed. */
export function checkScenario(value: unknown, file: string): Scenario {
  const parsed = scenarioSchema.safeParse(value)
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `  ${describeIssue(issue, value)}`)
    throw new GaplessError(`${file} is not a scenario:\n${problems.join('\n')}`, {
      code: 'scenario-invalid',
      hint: 'The README shows how a scenario is written; `defineScenario` checks it in your editor.',
    })
  }
  const scenario = value as Scenario
  const nodes = nodeNames(scenario)
  const variants = Object.values(scenario.variants ?? { alone: {} })
  const problems = new Set(
    variants.flatMap(({ timeline = scenario.timeline ?? [], load = scenario.load }) =>
      timelineProblems(timeline, nodes, load),
    ),
  )
  if (problems.size > 0) {
    throw new GaplessError(
      `${file}: its timeline cannot be:\n${[...problems].map((p) => `  ${p}`).join('\n')}`,
      {
        code: 'scenario-invalid',
      },
    )
  }
  try {
    for (const { knobs = {} } of [scenario, ...Object.values(scenario.variants ?? {})]) {
      for (const [name, knob] of Object.entries(knobs)) parseKnob(name, knob)
    }
  } catch (cause) {
    throw new GaplessError(`${file}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      code: 'scenario-invalid',
      hint: `${String(knobNames.length)} knobs are there; \`gapless list --knobs\` shows them.`,
      cause,
    })
  }
  return scenario
}

function describeIssue(issue: z.core.$ZodIssue, value: unknown): string {
  const path = issue.path.map(String)
  const field = path.join('.') || 'the default export'
  if (issue.code === 'unrecognized_keys') {
    const known = fieldsAt(path)
    return issue.keys
      .map((key) => {
        const hint = didYouMean(key, known) || (known.length > 0 ? ` Fields: ${known.join(', ')}.` : '')
        return `${[...path, key].join('.')}: there is no such field.${hint}`
      })
      .join('\n  ')
  }
  const found = path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[key] : undefined),
    value,
  )
  return `${field}: ${found === undefined ? 'missing' : `found ${shorten(found)}`}; ${issue.message}`
}

/** The fields of the object at a path; [] where that is no object of fixed fields. Names of variants and nodes are any. */
function fieldsAt(path: readonly string[]): string[] {
  let at: unknown = scenarioSchema
  for (const key of path) {
    at = bare(at)
    if (at instanceof z.ZodObject) at = (at.shape as Record<string, unknown>)[key]
    else if (at instanceof z.ZodRecord) at = at.valueType
    else return []
  }
  at = bare(at)
  if (at instanceof z.ZodObject) return Object.keys(at.shape)
  return at instanceof z.ZodRecord && at.keyType instanceof z.ZodEnum ? at.keyType.options.map(String) : []
}

function bare(schema: unknown): unknown {
  return schema instanceof z.ZodOptional ? schema.unwrap() : schema
}

function shorten(value: unknown): string {
  const text = typeof value === 'function' ? 'a function' : JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}
