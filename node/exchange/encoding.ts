import { TransferSyntax, transferSyntaxTraits } from '../dicom/uids.js'
import type { RouteSyntax, RouteView } from '../peers/view.js'

const SYNTAXES: Readonly<Record<Exclude<RouteSyntax, 'keep'>, string>> = {
  'explicit-little-endian': TransferSyntax.ExplicitVRLittleEndian,
  'jpeg-ls-lossless': TransferSyntax.JPEGLSLossless,
  'jpeg-lossless': TransferSyntax.JPEGLosslessSV1,
  'rle-lossless': TransferSyntax.RLELossless,
}

/**
 * The transfer syntax an object is to be written in for this route; undefined: as it was received. What was
 * compressed with loss is never touched: decoding it would neither give back what was lost nor make it smaller.
 */
export function encodingFor(
  transferSyntaxUID: string,
  route: Pick<RouteView, 'transferSyntax'> | undefined,
): string | undefined {
  if (route === undefined || route.transferSyntax === 'keep') return undefined
  const wanted = SYNTAXES[route.transferSyntax]
  return wanted === transferSyntaxUID || !isWhole(transferSyntaxUID) ? undefined : wanted
}

/** What to try where the destination takes the object, but in another encoding; undefined: a person's decision. */
export function encodingAfterRefusal(
  transferSyntaxUID: string,
  alternative: string | undefined,
  route: Pick<RouteView, 'whenRefused'> | undefined,
): string | undefined {
  const mode = route?.whenRefused ?? 'uncompressed'
  if (alternative === undefined || alternative === transferSyntaxUID || !isWhole(transferSyntaxUID))
    return undefined
  const compressed = transferSyntaxTraits(transferSyntaxUID)?.encapsulated !== false
  if (mode === 'nothing' || (compressed && mode !== 'decompress')) return undefined
  return alternative
}

/** Nothing was lost in it. */
function isWhole(transferSyntaxUID: string): boolean {
  return transferSyntaxTraits(transferSyntaxUID)?.lossy === false
}
