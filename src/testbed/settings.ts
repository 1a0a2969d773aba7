import { z } from 'zod'

/** What `gapless.config.ts` may say; each has a flag or a default. */
export const settingsSchema = z.strictObject({
  kind: z
    .strictObject({
      nodeImage: z.string().min(1).optional().describe("of the cluster's nodes; absent: kind's own"),
    })
    .default({}),
  images: z
    .strictObject({
      fluentd: z
        .string()
        .min(1)
        .default('fluent/fluentd:v{version}-debian-1.0')
        .describe('Fluentd; {version} stands for the version that is asked for'),
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
