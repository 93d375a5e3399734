import type { ApiProblem } from '../../api/problem.js'
import type { TextFieldProps } from '../../parts/Field.js'
import { newRequestWords } from '../../words/new-request.js'
import { useWords } from '../../words/words.js'
import type { gapsOf, RequestForm } from './form.js'

/** What every part of the form works on. */
export interface FormPart {
  form: RequestForm
  set: (change: Partial<RequestForm>) => void
  /** Empty until it was tried to send. */
  gaps: ReturnType<typeof gapsOf>
  problem: ApiProblem | null
}

/** Ties a field to its place in the form and to what is wrong with it: seen here, or said by the node. */
export function useFields({ form, set, gaps, problem }: FormPart) {
  const t = useWords(newRequestWords)
  const problemAt = (path: string): string | undefined => {
    const gap = gaps.get(path)
    return gap ? t(`gap.${gap}`) : problem?.field(path)
  }
  const text = (field: keyof RequestForm, path: string, rest: Partial<TextFieldProps> = {}) => ({
    value: String(form[field]),
    onChange: (value: string) => set({ [field]: value }),
    problem: problemAt(path),
    name: path,
    autoComplete: 'off',
    ...rest,
  })
  return { t, problemAt, text }
}
