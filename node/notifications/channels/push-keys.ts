import { createHmac, timingSafeEqual } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import webpush from 'web-push'
import { z } from 'zod'

const keysSchema = z.object({ publicKey: z.string(), privateKey: z.string() })

export interface PushKeys {
  /** What a browser subscribes under. */
  publicKey: string
  privateKey: string
  /** Handed along with a message, so that the browser can say that it came, signed in or not. */
  proofFor(notice: string, device: string): string
  proves(proof: string, notice: string, device: string): boolean
}

/** The keys this node is known by at push services (RFC 8292), made at the first start and kept. */
export function openPushKeys(folder: string): PushKeys {
  const file = join(folder, 'vapid.json')
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const part = `${file}.part`
    writeFileSync(part, `${JSON.stringify(webpush.generateVAPIDKeys())}\n`, { mode: 0o600 })
    renameSync(part, file)
  }
  const { publicKey, privateKey } = keysSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  const proofFor = (notice: string, device: string) =>
    createHmac('sha256', `relais push receipt ${privateKey}`)
      .update(`${notice} ${device}`)
      .digest('base64url')
  return {
    publicKey,
    privateKey,
    proofFor,
    proves: (proof, notice, device) => {
      const [given, right] = [Buffer.from(proof), Buffer.from(proofFor(notice, device))]
      return given.length === right.length && timingSafeEqual(given, right)
    },
  }
}
