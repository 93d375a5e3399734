import { Failure } from '../../errors.js'

/** `ends`: bytes are missing; `damaged`: others stand there than may; `too-much`: more than is read. */
export type How = 'ends' | 'damaged' | 'too-much'

/** A file that cannot be read on: its sentence names the byte, and so it can be said in other languages. */
export class Broken extends Failure {
  readonly how: How
  readonly at: number

  constructor(how: How, at: number, sentence: string, cause?: unknown) {
    super(how === 'too-much' ? 'too-large' : 'invalid', sentence, [], cause)
    this.how = how
    this.at = at
  }
}

/** Throws a {@link Broken}. */
export function breaks(how: How, at: number, sentence: string): never {
  throw new Broken(how, at, sentence)
}
