import { Upload } from 'tus-js-client'
import type { ImportView } from '../../node/imports/view.js'
import { eventually } from './children.js'
import type { TestNode } from './node.js'
import { PASSWORD } from './people.js'

/** A technician of the hospital at a browser. */
export async function technician(node: TestNode, site = 'nord') {
  const person = {
    email: `zoe.tech@${site}.example`,
    name: 'Zoé Technicienne',
    role: 'technician',
    site,
    language: 'fr',
    password: PASSWORD,
  } as const
  await node.services.accounts.create(null, person, { by: 'command', user: 'test' })
  return deskAt(node.addresses.http, person.email)
}

/** A desk at the browser of whoever has this address. */
export async function deskAt(origin: string, email: string) {
  const answer = await fetch(`${origin}/api/session`, {
    method: 'POST',
    headers: { origin, 'content-type': 'application/json' },
    body: JSON.stringify({ email, password: PASSWORD }),
  })
  if (answer.status !== 200) throw new Error(`not signed in: ${answer.status}`)
  const cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? ''
  const headers = { origin, cookie }
  const call = async <T>(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; body: T }> => {
    const response = await fetch(`${origin}${path}`, {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { status: response.status, body: (await response.json()) as T }
  }
  const upload = (bytes: Buffer, name: string, onCreated?: (id: string) => void): Promise<string> =>
    new Promise((resolve, reject) => {
      const sending = new Upload(bytes, {
        endpoint: `${origin}/api/uploads`,
        headers,
        metadata: { name },
        chunkSize: 64 * 1024,
        onUploadUrlAvailable: () => onCreated?.(sending.url?.split('/').at(-1) ?? ''),
        onError: reject,
        onSuccess: () => resolve(sending.url?.split('/').at(-1) ?? ''),
      })
      sending.start()
    })
  const settled = (id: string, ...states: string[]) =>
    eventually(
      `import ${states.join(' or ')}`,
      async () => {
        const { body } = await call<ImportView>('GET', `/api/imports/${id}`)
        if (body.state === 'failed' && !states.includes('failed')) throw new Error(body.reason)
        return states.includes(body.state) ? body : undefined
      },
      60_000,
    )
  /** The bytes of an answer. */
  const bytes = async (path: string) => {
    const response = await fetch(`${origin}${path}`, { headers })
    return {
      status: response.status,
      type: response.headers.get('content-type') ?? '',
      headers: response.headers,
      body: Buffer.from(await response.arrayBuffer()),
    }
  }
  /** An upload that is sent piece by piece. */
  const piecemeal = async (total: number, name: string) => {
    const tus = { ...headers, 'tus-resumable': '1.0.0' }
    const made = await fetch(`${origin}/api/uploads`, {
      method: 'POST',
      headers: {
        ...tus,
        'upload-length': String(total),
        'upload-metadata': `name ${Buffer.from(name).toString('base64')}`,
      },
    })
    const place = made.headers.get('location') ?? ''
    const upload = place.split('/').at(-1) ?? ''
    const send = async (piece: Buffer, offset: number) => {
      const response = await fetch(`${origin}/api/uploads/${upload}`, {
        method: 'PATCH',
        headers: {
          ...tus,
          'upload-offset': String(offset),
          'content-type': 'application/offset+octet-stream',
        },
        body: new Uint8Array(piece),
      })
      if (response.status !== 204) throw new Error(`the upload was answered ${response.status}`)
    }
    return { upload, send }
  }
  return { call, upload, piecemeal, bytes, settled }
}
