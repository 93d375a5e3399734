import { z } from 'zod'

/** The kinds a setting can be; the last argument is its sentence. */
export const whole = (standard: number, min: number, max: number, description: string) =>
  z.int().min(min).max(max).default(standard).describe(description)
export const text = (standard: string, description: string) =>
  z.string().trim().min(1).max(500).default(standard).describe(description)
export const optional = (description: string) =>
  z.string().trim().min(1).max(2000).nullable().default(null).describe(description)
export const secret = (description: string) =>
  z.string().min(1).max(2000).nullable().default(null).meta({ description, writeOnly: true })
export const flag = (standard: boolean, description: string) =>
  z.boolean().default(standard).describe(description)
export const port = (standard: number, description: string) => whole(standard, 0, 65_535, description)

export const KiB = 1024
export const MiB = 1024 * KiB
export const second = 1000
export const minute = 60 * second
