import { z } from 'zod'
import { didYouMean } from '../nearest.js'

/** What a timeline is made of, as `at()`, `sent()` and their like make it; scenarios may be written without them. */

const count = z.int().min(0)
const times = z.int().min(1)

const podTargets = [
  z.strictObject({ role: z.literal('forwarder'), node: z.string() }),
  z.strictObject({ role: z.literal('aggregator') }),
] as const

const podTargetSchema = z.discriminatedUnion('role', podTargets, oneOf('role', rolesOf(podTargets)))

const targets = [
  ...podTargets,
  z.strictObject({ role: z.literal('app'), node: z.string() }),
  z.strictObject({ role: z.literal('node'), node: z.string() }),
  z.strictObject({ role: z.literal('network'), node: z.string().optional() }),
  z.strictObject({ role: z.literal('collector') }),
  z.strictObject({ role: z.literal('forwarders') }),
  z.strictObject({ role: z.literal('dns') }),
] as const

const targetSchema = z.discriminatedUnion('role', targets, oneOf('role', rolesOf(targets)))

const logTextSchema = z.union(
  [
    z.strictObject({ text: z.string().min(1) }),
    z.strictObject({ pattern: z.string().refine(isPattern), flags: z.string().regex(/^[dimsuv]*$/) }),
  ],
  'a text or a regular expression',
)

const conditions = [
  z.strictObject({ on: z.literal('sent'), lines: count, node: z.string().optional() }),
  z.strictObject({ on: z.literal('delivered'), lines: count, node: z.string().optional() }),
  z.strictObject({ on: z.literal('elapsed'), afterMs: z.number().min(0) }),
  z.strictObject({ on: z.literal('buffered'), target: podTargetSchema, moreThanBytes: count }),
  z.strictObject({ on: z.literal('buffered-beyond-held') }),
  z.strictObject({ on: z.literal('collector-holds'), requests: times }),
  z.strictObject({ on: z.literal('container'), target: podTargetSchema, is: z.enum(['running', 'down']) }),
  z.strictObject({ on: z.literal('restarted'), target: podTargetSchema, times }),
  z.strictObject({ on: z.literal('log'), target: podTargetSchema, text: logTextSchema, times }),
  z.strictObject({
    on: z.literal('event'),
    target: podTargetSchema,
    reason: z.string().regex(/^[A-Za-z]+$/),
  }),
  z.strictObject({ on: z.literal('all'), of: z.array(z.lazy((): z.ZodType => conditionSchema)).min(1) }),
  z.strictObject({
    on: z.literal('custom'),
    description: z.string().min(1),
    holds: z.custom((value) => typeof value === 'function', 'a function'),
  }),
] as const

const conditionSchema: z.ZodType = z.discriminatedUnion(
  'on',
  conditions,
  oneOf(
    'on',
    conditions.map(({ shape }) => shape.on.value),
  ),
)

const actionSchema = z.discriminatedUnion(
  'type',
  [
    z.strictObject({
      type: z.literal('inject'),
      spec: z.strictObject({
        fault: z.string(),
        target: targetSchema,
        description: z.string(),
        parameters: z.record(z.string(), z.unknown()),
      }),
      until: conditionSchema.optional(),
      forGood: z.literal(true).optional(),
    }),
    z.strictObject({
      type: z.literal('heal'),
      heals: z.string(),
      target: targetSchema,
      description: z.string(),
      parameters: z.record(z.string(), z.unknown()).optional(),
    }),
  ],
  oneOf('type', ['inject', 'heal']),
)

const singleSchema = z.strictObject({ when: conditionSchema, action: actionSchema })
const repeatedSchema = z.strictObject({
  everyMs: z.number().positive(),
  action: actionSchema,
  from: conditionSchema.optional(),
  until: conditionSchema.optional(),
  forMs: z.number().positive().optional(),
  times: times.optional(),
})

/** Checked as what it is meant to be, so that a message is about the field that is wrong, not about the whole step. */
export const stepSchema: z.ZodType = z.unknown().superRefine((step, context) => {
  for (const issue of schemaOf(step)?.safeParse(step).error?.issues ?? []) context.addIssue({ ...issue })
  if (schemaOf(step) === undefined) {
    context.addIssue({
      code: 'custom',
      message: 'a step, as at(), when(), after(), every() and together() make them',
    })
  }
})

const parallelSchema = z.strictObject({ together: z.array(z.array(stepSchema)).min(1) })

function schemaOf(step: unknown): z.ZodType | undefined {
  if (typeof step !== 'object' || step === null) return undefined
  if ('together' in step) return parallelSchema
  if ('everyMs' in step) return repeatedSchema
  return 'when' in step || 'action' in step ? singleSchema : undefined
}

function rolesOf(
  schemas: readonly { readonly shape: { readonly role: { readonly value: string } } }[],
): string[] {
  return schemas.map(({ shape }) => shape.role.value)
}

/** The message where a discriminating field has a value that there is not. */
function oneOf(field: string, allowed: readonly string[]) {
  return {
    error: ({ input }: { readonly input?: unknown }) => {
      if (typeof input !== 'object' || input === null) return undefined
      const found = (input as Record<string, unknown>)[field]
      const nearest = typeof found === 'string' ? didYouMean(found, allowed) : ''
      return `"${field}" is one of ${allowed.join(', ')}.${nearest}`
    },
  }
}

function isPattern(source: string): boolean {
  try {
    return new RegExp(source).source !== ''
  } catch {
    return false
  }
}
