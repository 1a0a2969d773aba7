import { z } from 'zod'

/** What `gapless.config.ts` may say; each has a flag or a default. */
export const settingsSchema = z.strictObject({
  kind: z
    .strictObject({
      nodeImage: z.string().min(1).optional().describe("of the cluster's nodes; absent: kind's own"),
    })
    .default({}),
  k0s: z
    .strictObject({
      version: z.string().min(1).default('v1.33.1+k0s.0').describe('of k0s; or the path of a binary'),
      upgradeTo: z
        .string()
        .min(1)
        .default('v1.33.2+k0s.0')
        .describe('what workers are upgraded to, likewise'),
    })
    .prefault({}),
  images: z
    .strictObject({
      fluentd: z
        .string()
        .min(1)
        .default('fluent/fluentd:v{version}-debian-1.0')
        .describe('Fluentd; {version} stands for the version that is asked for'),
      k0s: z
        .string()
        .min(1)
        .default('k0sproject/k0s:{version}')
        .describe('k0s, whose binary machines get; {version} stands for the version that is asked for'),
      node: z
        .string()
        .min(1)
        .default('node:20-bookworm-slim')
        .describe('Node, which runs emitters, collector and tap'),
    })
    .prefault({}),
})

/** Settings of testbeds that are clusters. */
export type Settings = z.output<typeof settingsSchema>
/** As a `gapless.config.ts` writes them. */
export type SettingsInput = z.input<typeof settingsSchema>

export const defaultSettings: Settings = settingsSchema.parse({})
