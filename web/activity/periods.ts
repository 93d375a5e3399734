export const periodIds = ['today', 'week', 'month', 'before', 'year', 'chosen'] as const
export type PeriodId = (typeof periodIds)[number]

const two = (value: number) => String(value).padStart(2, '0')
const dayOf = (date: Date) => `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`

/** First and last day of a period by today's calendar; of one that was chosen what was chosen. */
export function periodOf(
  id: PeriodId,
  from: string,
  to: string,
  today = new Date(),
): { from: string; to: string } {
  const [year, month, day] = [today.getFullYear(), today.getMonth(), today.getDate()]
  const days = (first: Date, last: Date) => ({ from: dayOf(first), to: dayOf(last) })
  switch (id) {
    case 'today':
      return days(today, today)
    case 'week':
      return days(new Date(year, month, day - 6), today)
    case 'before':
      return days(new Date(year, month - 1, 1), new Date(year, month, 0))
    case 'year':
      return days(new Date(year, 0, 1), new Date(year, 11, 31))
    case 'chosen':
      if (from && to) return { from, to }
      break
    default:
  }
  return days(new Date(year, month, 1), new Date(year, month + 1, 0))
}
