import { z } from 'zod'

const failureSchema = z.object({ code: z.string(), message: z.string(), hint: z.string().optional() })

/** The one line that a program of ours prints: where it is, or why it is not. */
export const announcementSchema = z.union([
  z.object({ ready: z.unknown().refine((ready) => ready !== undefined) }),
  z.object({ error: failureSchema }),
])
export type Announcement = { readonly ready: unknown } | { readonly error: z.infer<typeof failureSchema> }
