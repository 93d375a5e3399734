import { searchable } from './search.js'
import type { NewRequest } from './view.js'

/**
 * Stroke and major trauma in the words of those who ask, without accents: what is treated within the hour, so that each
 * minute of the reading counts.
 */
const WORDS =
  / (avc|stroke|thrombolys\w*|thrombectom\w*|polytraumat?\w*|trauma (grave|majeur|severe)|(major|severe) trauma|code stroke|alerte (avc|neuro\w*)) /

/** Whether an emergency is one of those; a word too many only makes the clock shorter. */
export function isTimeCritical(form: Pick<NewRequest, 'region' | 'question' | 'context'>): boolean {
  return [form.region, form.question, form.context].some(text => WORDS.test(searchable([text])))
}
