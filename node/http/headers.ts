import type { Middleware } from 'koa'
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

/**
 * What every answer tells the browser not to do. `connect` lists the WebSocket origins of our pages; HSTS only where
 * the node is reached over TLS.
 */
export function protectiveHeaders(options: { secure: boolean; connect: readonly string[] }): Middleware {
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
  return (ctx, next) => {
    ctx.set('Permissions-Policy', NO_DEVICES)
    return shield(ctx, next)
  }
}
