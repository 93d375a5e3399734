import type { Context, Middleware } from 'koa'
import helmet from 'koa-helmet'

/** The one rule react-aria-components writes into the page by itself: how what can be pressed takes touches. */
const PRESSABLE = "'sha256-38RhXrc7EdReTKsOm23ZPOCUgniTUUcjky8QOOrQx6o='"

/** What a page may ask of the machine it is shown on: nothing. Passkeys and the clipboard keep their own rules. */
const NO_DEVICES = [
  'accelerometer',
  'autoplay',
  'browsing-topics',
  'camera',
  'display-capture',
  'geolocation',
  'gyroscope',
  'hid',
  'magnetometer',
  'microphone',
  'midi',
  'payment',
  'serial',
  'usb',
  'xr-spatial-tracking',
]
  .map(name => `${name}=()`)
  .join(', ')

/** Names and values, as they are sent. */
export type Fields = readonly (readonly [name: string, value: string])[]

/**
 * What every answer tells the browser not to do. `connect` lists the WebSocket origins of our pages; HSTS only where
 * the node is reached over TLS. None of it depends on the request, so that it is made once.
 */
export function protectiveFields(options: { secure: boolean; connect: readonly string[] }): Fields {
  const shield = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'", "'wasm-unsafe-eval'"],
        workerSrc: ["'self'", 'blob:'],
        // Rules come from our own files. What a script sets on one element can do little, and drawing tools need it.
        styleSrc: ["'self'"],
        styleSrcElem: ["'self'", PRESSABLE],
        styleSrcAttr: ["'unsafe-inline'"],
        imgSrc: ["'self'", 'data:', 'blob:'],
        fontSrc: ["'self'"],
        connectSrc: ["'self'", ...options.connect],
        frameSrc: ["'self'"],
        frameAncestors: ["'self'"],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
      },
    },
    strictTransportSecurity: options.secure && { maxAge: 31_536_000, includeSubDomains: false },
    referrerPolicy: { policy: 'no-referrer' },
    crossOriginOpenerPolicy: { policy: 'same-origin' },
    crossOriginResourcePolicy: { policy: 'same-origin' },
    crossOriginEmbedderPolicy: false,
    xFrameOptions: { action: 'sameorigin' },
  })
  const fields: [string, string][] = [['Permissions-Policy', NO_DEVICES]]
  const recorder = {
    setHeader: (name: string, value: string) => void fields.push([name, value]),
    removeHeader: () => undefined,
  }
  void shield({ req: {}, res: recorder } as unknown as Context, async () => undefined)
  return fields
}

export function setOnEach(fields: Fields): Middleware {
  return (ctx, next) => {
    for (const [name, value] of fields) ctx.set(name, value)
    return next()
  }
}
