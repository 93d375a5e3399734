import { z } from 'zod'
import { studySearch } from '../studies/answers.js'

const text = z.string().trim().min(1).max(200)

/** What a person may look for, as the query and as the body of a search. */
export const searchKeys = {
  PatientID: text.optional(),
  PatientName: text.optional(),
  PatientBirthDate: z
    .string()
    .regex(/^\d{8}$/)
    .optional(),
  AccessionNumber: text.optional(),
  StudyDate: z
    .string()
    .regex(/^\d{0,8}(-\d{0,8})?$/)
    .optional(),
  StudyInstanceUID: z
    .string()
    .regex(/^[0-9.]{1,64}$/)
    .optional(),
  modality: text.optional(),
}

export const searchView = z.object({
  id: z.string(),
  /** True when every PACS has answered or given up. */
  done: z.boolean(),
  peers: z.array(
    z.object({
      peer: z.string(),
      outcome: z.enum(['asking', 'answered', 'nothing', 'refused', 'no-answer', 'given-up']),
      /** There is more than was taken. */
      cut: z.boolean().optional(),
      reason: z.string().optional(),
      ms: z.int(),
    }),
  ),
  items: studySearch.shape.items,
})
