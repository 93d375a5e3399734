import { Plus, X } from 'lucide-react'
import { Button } from '../parts/Button.js'
import { Checkbox, Choices, TextField } from '../parts/Field.js'
import { routes as words } from '../words/routes.js'
import { useWords } from '../words/words.js'
import own from './Route.module.css'
import { days, type RouteDraft } from './route-form.js'

type Hours = RouteDraft['hours']

/** Always, or some hours of some days; over midnight where the end comes first. */
export function RouteHoursField({
  hours,
  onChange,
  problem,
  label,
  hint,
}: {
  hours: Hours
  onChange: (hours: Hours) => void
  problem: string | undefined
  /** Where they are no hours of sending. */
  label?: string
  hint?: string
}) {
  const r = useWords(words)
  const night = () => ({
    key: Math.max(0, ...hours.map(({ key }) => key)) + 1,
    days: [...days],
    from: '20:00',
    to: '07:00',
  })
  const change = (key: number, part: Partial<Hours[number]>) =>
    onChange(hours.map(each => (each.key === key ? { ...each, ...part } : each)))
  return (
    <div className={own.hours}>
      <Choices
        label={label ?? r('hours')}
        hint={hint ?? r('hours.hint')}
        value={hours.length > 0 ? 'some' : 'always'}
        onChange={id => onChange(id === 'always' ? [] : [night()])}
        choices={[
          { id: 'always', label: r('hours.always') },
          { id: 'some', label: r('hours.some') },
        ]}
      />
      {hours.map(({ key, days: on, from, to }) => (
        <div key={key} className={own.span}>
          <TextField
            label={r('hours.from')}
            value={from}
            onChange={value => change(key, { from: value })}
            maxLength={5}
          />
          <TextField
            label={r('hours.to')}
            value={to}
            onChange={value => change(key, { to: value })}
            maxLength={5}
          />
          <fieldset>
            <legend>{r('hours.days')}</legend>
            {days.map(day => (
              <Checkbox
                key={day}
                value={on.includes(day)}
                onChange={chosen =>
                  change(key, { days: chosen ? [...on, day] : on.filter(each => each !== day) })
                }
              >
                {r(`day.${day}`)}
              </Checkbox>
            ))}
          </fieldset>
          <Button
            size="s"
            look="quiet"
            icon={<X aria-hidden />}
            aria-label={r('hours.remove')}
            onPress={() => onChange(hours.filter(each => each.key !== key))}
          />
        </div>
      ))}
      {problem ? (
        <p className={own.problem} role="alert">
          {problem}
        </p>
      ) : null}
      {hours.length > 0 ? (
        <div>
          <Button size="s" icon={<Plus aria-hidden />} onPress={() => onChange([...hours, night()])}>
            {r('hours.add')}
          </Button>
        </div>
      ) : null}
    </div>
  )
}
