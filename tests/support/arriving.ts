import { studyAttributes } from '../../node/dicom/format/attributes.js'
import { readHeader } from '../../node/dicom/format/header.js'
import { fileHeader, readFileHeader } from '../../node/dicom/format/part10.js'
import { dicomObjectName } from '../../node/objects/name.js'
import type { Services } from '../../node/program/services.js'
import type { Reception } from '../../node/studies/receive.js'

let associations = 0

/** Lets DICOM files in by the one door of images, as if a PACS of the site had sent them; nothing goes over the wire. */
export async function arrive(
  { objects, receive }: Pick<Services, 'objects' | 'receive'>,
  site: string,
  files: readonly Buffer[],
  options: { madeHere?: boolean } = {},
): Promise<Reception[]> {
  const association = `test ${++associations}`
  const receptions: Reception[] = []
  for (const file of files) {
    const { datasetOffset, transferSyntaxUID } = readFileHeader(file)
    const dataset = file.subarray(datasetOffset)
    const attributes = studyAttributes(await readHeader(dataset, { datasetOffset: 0, transferSyntaxUID }))
    const head = fileHeader({
      sopClassUID: attributes.SOPClassUID,
      sopInstanceUID: attributes.SOPInstanceUID,
      transferSyntaxUID,
    })
    const { bucket, name, bytes, sha256 } = await objects.write(dataset, head, digest =>
      dicomObjectName(digest, transferSyntaxUID),
    )
    receptions.push(
      await receive.receive({
        object: {
          bucket,
          name,
          bytes,
          sha256,
          transferSyntaxUID,
          datasetOffset: head.length,
          mediaType: 'application/dicom',
        },
        sopClassUID: attributes.SOPClassUID,
        attributes,
        source: {
          id: options.madeHere === true ? 'report' : `${site}-pacs`,
          site,
          issuer: site.toUpperCase(),
          madeHere: options.madeHere === true,
          association,
          callingAETitle: 'PACS',
          calledAETitle: 'RELAIS',
          address: '127.0.0.1',
        },
      }),
    )
  }
  await receive.ended(association)
  return receptions
}
