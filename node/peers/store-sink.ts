import { type StudyAttributes, studyAttributes } from '../dicom/format/attributes.js'
import { type Header, readHeader } from '../dicom/format/header.js'
import { fileHeader } from '../dicom/format/part10.js'
import type { StoreContext, StoreResult, StoreSink } from '../dicom/network/services.js'
import { dimseStatus } from '../dicom/network/status.js'
import { transferSyntaxTraits } from '../dicom/uids.js'
import { fail, reasonOf } from '../errors.js'
import { dicomObjectName } from '../objects/name.js'
import type { ObjectSink, ObjectWriter, WrittenObject } from '../objects/writer.js'
import type { Receipt, ReceiptAnswer } from './wire.js'

/**
 * The first bytes of a data set are kept so that its header is read without going back to the disk: what one read of
 * the socket brings, which needs no copy; a longer header is read from the file.
 */
const PREFIX_MAX_BYTES = 32 * 1024

/**
 * One instance on its way from the wire to a durable file to the node's commit. The peer hears the status only
 * when all three are done: file, then row, then yes.
 */
export class InstanceSink implements StoreSink {
  readonly #context: StoreContext
  readonly #sink: ObjectSink
  readonly #headBytes: number
  readonly #commit: (receipt: Omit<Receipt, 'id'>) => Promise<ReceiptAnswer>
  #prefix: Buffer[] = []
  #prefixBytes = 0

  constructor(
    context: StoreContext,
    writer: ObjectWriter,
    commit: (receipt: Omit<Receipt, 'id'>) => Promise<ReceiptAnswer>,
  ) {
    const head = fileHeader(context)
    this.#context = context
    this.#headBytes = head.length
    this.#sink = writer.begin(head)
    this.#commit = commit
  }

  write(chunk: Buffer): boolean {
    if (this.#prefixBytes < PREFIX_MAX_BYTES) {
      this.#prefix.push(chunk)
      this.#prefixBytes += chunk.length
    }
    return this.#sink.write(chunk)
  }

  drained(): Promise<void> {
    return this.#sink.drained()
  }

  async end(): Promise<StoreResult> {
    const { sopInstanceUID, sopClassUID, transferSyntaxUID } = this.#context
    // The disk works while the header is read; both must have ended before anything is decided.
    const [written, attributes] = await Promise.allSettled([
      this.#sink.finish(sha256 => dicomObjectName(sha256, transferSyntaxUID)),
      this.#attributes(),
    ])
    if (written.status === 'rejected') throw written.reason
    const object = written.value
    const refuse = async (status: number, comment: string): Promise<StoreResult> => {
      await object.drop()
      return { status, comment }
    }
    let read: StudyAttributes
    if (attributes.status === 'fulfilled') read = attributes.value
    else {
      try {
        read = await this.#attributes(object)
      } catch (thrown) {
        return refuse(dimseStatus.cannotUnderstand, reasonOf(thrown))
      }
    }
    if (read.SOPInstanceUID !== sopInstanceUID || read.SOPClassUID !== sopClassUID)
      return refuse(dimseStatus.datasetDoesNotMatch, 'the data set names another SOP class or instance')
    const { association, moveOriginator } = this.#context
    const answer = await this.#commit({
      object: {
        bucket: object.bucket,
        name: object.name,
        bytes: object.bytes,
        datasetOffset: this.#headBytes,
        sha256: object.sha256,
        transferSyntaxUID,
      },
      sopClassUID,
      attributes: read,
      origin: {
        peer: association.peer,
        association: association.id,
        callingAETitle: association.callingAETitle,
        calledAETitle: association.calledAETitle,
        address: association.address,
        ...(moveOriginator === undefined ? {} : { moveOriginator }),
      },
    })
    if (answer.discard === true) await object.drop()
    else object.keep()
    return { status: answer.status, ...(answer.comment === undefined ? {} : { comment: answer.comment }) }
  }

  abort(): void {
    void this.#sink.abort()
  }

  /** From memory first; from the file where the header is longer than what was kept. */
  async #attributes(object?: WrittenObject): Promise<StudyAttributes> {
    const { transferSyntaxUID } = this.#context
    const header =
      object === undefined
        ? await readHeader(this.#start(), { datasetOffset: 0, transferSyntaxUID })
        : await readHeader(object.path, { datasetOffset: this.#headBytes, transferSyntaxUID })
    const from = object === undefined ? 0 : this.#headBytes
    if (object === undefined && header.pixels === undefined && this.#prefixBytes < this.#sink.size)
      fail('invalid', 'the header is longer than what was kept of it')
    this.#complete(header, from)
    return studyAttributes(header)
  }

  #start(): Buffer {
    const [first] = this.#prefix
    return this.#prefix.length === 1 && first !== undefined ? first : Buffer.concat(this.#prefix)
  }

  /** Native pixels say how long they are: what ends before that was cut off on its way. */
  #complete({ pixels }: Header, from: number): void {
    if (pixels?.length === undefined || transferSyntaxTraits(this.#context.transferSyntaxUID)?.deflated)
      return
    const missing = pixels.offset - from + pixels.length - this.#sink.size
    if (missing > 0) fail('invalid', `the data set is cut off: ${missing} bytes of its pixels are missing`)
  }
}
