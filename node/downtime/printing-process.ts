/** The child process of `printing.ts`. */
import { workApart } from '../apart-process.js'
import { blankForms } from './blank-forms.js'
import { dutyList } from './duty-list.js'

export type PrintCall = { duty: Parameters<typeof dutyList>[0] } | { forms: Parameters<typeof blankForms>[0] }

export interface Printed {
  bytes: Buffer
  pages: number
}

workApart(
  (call: PrintCall): Promise<Printed> => ('duty' in call ? dutyList(call.duty) : blankForms(call.forms)),
)
