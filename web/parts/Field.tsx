import { type ReactNode, type Ref, useLayoutEffect, useRef } from 'react'
import {
  Checkbox as AriaCheckbox,
  TextArea as AriaTextArea,
  TextField as AriaTextField,
  FieldError,
  Input,
  Label,
  Radio,
  RadioGroup,
  Text,
} from 'react-aria-components'
import { useWords } from '../words/words.js'
import styles from './Field.module.css'

interface FieldProps {
  label: string
  /** Under the label: why it is asked, or what form it has. */
  hint?: ReactNode
  /** What is wrong with it, in words. */
  problem?: string | undefined
  required?: boolean
  /** Says "facultatif" beside the label: for forms where most fields are mandatory. */
  optional?: boolean
  /** The label is only said, not shown (a search box with a placeholder). */
  hideLabel?: boolean
}

/** Label and its mark, the same for every control. */
export function FieldLabel({
  label,
  required,
  optional,
  hideLabel,
  small,
}: Omit<FieldProps, 'hint' | 'problem'> & { small?: boolean }) {
  const t = useWords()
  return (
    <Label className={hideLabel ? 'unseen' : small ? styles.smallLabel : styles.label}>
      {label}
      {required ? <span className={styles.mark}> · {t('required')}</span> : null}
      {optional ? <span className={styles.mark}> · {t('optional')}</span> : null}
    </Label>
  )
}

export interface TextFieldProps extends FieldProps {
  value: string
  onChange: (value: string) => void
  onBlur?: () => void
  type?: 'text' | 'email' | 'password' | 'search' | 'tel' | 'date' | 'number'
  name?: string
  placeholder?: string
  autoComplete?: string
  autoFocus?: boolean
  disabled?: boolean
  inputMode?: 'text' | 'numeric' | 'tel' | 'email'
  maxLength?: number
  inputRef?: Ref<HTMLInputElement>
  /** In the field, before the text. */
  before?: ReactNode
  /** At the end of the field, e.g. a button that fills it. */
  after?: ReactNode
  spellCheck?: boolean
  /** Id of a datalist with proposals. */
  list?: string
}

export function TextField({
  label,
  hint,
  problem,
  required = false,
  optional = false,
  hideLabel = false,
  placeholder,
  disabled = false,
  inputRef,
  before,
  after,
  spellCheck,
  list,
  ...rest
}: TextFieldProps) {
  return (
    <AriaTextField
      {...rest}
      className={styles.field ?? ''}
      isInvalid={problem !== undefined}
      isRequired={required}
      isDisabled={disabled}
      validationBehavior="aria"
      {...(spellCheck === undefined ? {} : { spellCheck: spellCheck ? 'true' : 'false' })}
    >
      <FieldLabel label={label} required={required} optional={optional} hideLabel={hideLabel} />
      {hint ? (
        <Text slot="description" className={styles.hint ?? ''}>
          {hint}
        </Text>
      ) : null}
      <span className={styles.frame}>
        {before ? <span className={styles.before}>{before}</span> : null}
        <Input
          className={styles.input ?? ''}
          {...(placeholder ? { placeholder } : {})}
          {...(inputRef ? { ref: inputRef } : {})}
          {...(list ? { list } : {})}
        />
        {after ? <span className={styles.after}>{after}</span> : null}
      </span>
      <FieldError className={styles.problem ?? ''}>{problem}</FieldError>
    </AriaTextField>
  )
}

export interface TextAreaProps extends FieldProps {
  value: string
  onChange: (value: string) => void
  onBlur?: () => void
  placeholder?: string
  /** Smallest height in lines; the area grows with its text. */
  lines?: number
  name?: string
  autoFocus?: boolean
  disabled?: boolean
  readOnly?: boolean
  maxLength?: number
  areaRef?: Ref<HTMLTextAreaElement>
  look?: 'framed' | 'page'
  onKeyDown?: (event: React.KeyboardEvent) => void
}

/** Several lines that grow with what is written: nothing typed is ever scrolled out of sight inside a small box. */
export function TextArea({
  label,
  hint,
  problem,
  required = false,
  optional = false,
  hideLabel = false,
  placeholder,
  lines = 2,
  disabled = false,
  readOnly = false,
  areaRef,
  look = 'framed',
  onKeyDown,
  ...rest
}: TextAreaProps) {
  const own = useRef<HTMLTextAreaElement>(null)
  const { value } = rest
  useLayoutEffect(() => {
    const area = own.current
    if (!area) return
    area.style.height = 'auto'
    area.style.height = `${area.scrollHeight + 2}px`
  }, [value])
  const setRef = (area: HTMLTextAreaElement | null) => {
    own.current = area
    if (typeof areaRef === 'function') areaRef(area)
    else if (areaRef) areaRef.current = area
  }
  return (
    <AriaTextField
      {...rest}
      className={styles.field ?? ''}
      isInvalid={problem !== undefined}
      isRequired={required}
      isDisabled={disabled}
      isReadOnly={readOnly}
      validationBehavior="aria"
    >
      <FieldLabel
        label={label}
        required={required}
        optional={optional}
        hideLabel={hideLabel}
        small={look === 'page'}
      />
      {hint ? (
        <Text slot="description" className={styles.hint ?? ''}>
          {hint}
        </Text>
      ) : null}
      <span className={look === 'page' ? styles.page : styles.frame}>
        <AriaTextArea
          ref={setRef}
          rows={lines}
          className={`${styles.input} ${styles.area}`}
          {...(placeholder ? { placeholder } : {})}
          {...(onKeyDown ? { onKeyDown } : {})}
        />
      </span>
      <FieldError className={styles.problem ?? ''}>{problem}</FieldError>
    </AriaTextField>
  )
}

export interface Choice<Id extends string> {
  id: Id
  label: string
  hint?: string
}

/** A few choices, all in sight. */
export function Choices<Id extends string>({
  label,
  hint,
  problem,
  required = false,
  optional = false,
  hideLabel = false,
  value,
  onChange,
  choices,
}: FieldProps & { value: Id | ''; onChange: (value: Id) => void; choices: Choice<Id>[] }) {
  return (
    <RadioGroup
      className={styles.field ?? ''}
      value={value === '' ? null : value}
      onChange={chosen => onChange(chosen as Id)}
      isInvalid={problem !== undefined}
      isRequired={required}
      orientation="horizontal"
      validationBehavior="aria"
    >
      <FieldLabel label={label} required={required} optional={optional} hideLabel={hideLabel} />
      {hint ? (
        <Text slot="description" className={styles.hint ?? ''}>
          {hint}
        </Text>
      ) : null}
      <span className={styles.choices}>
        {choices.map(choice => (
          <Radio key={choice.id} value={choice.id} className={styles.choice ?? ''}>
            <span className={styles.dot} />
            <span>
              {choice.label}
              {choice.hint ? <small className={styles.choiceHint}>{choice.hint}</small> : null}
            </span>
          </Radio>
        ))}
      </span>
      <FieldError className={styles.problem ?? ''}>{problem}</FieldError>
    </RadioGroup>
  )
}

export function Checkbox({
  children,
  value,
  onChange,
  disabled = false,
  problem,
}: {
  children: ReactNode
  value: boolean
  onChange: (value: boolean) => void
  disabled?: boolean
  problem?: string | undefined
}) {
  return (
    <AriaCheckbox
      className={styles.check ?? ''}
      isSelected={value}
      onChange={onChange}
      isDisabled={disabled}
      isInvalid={problem !== undefined}
    >
      <span className={styles.box}>
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path
            d="m3.5 8.5 3 3 6-7"
            fill="none"
            stroke="currentColor"
            strokeWidth="2.2"
            strokeLinecap="round"
          />
        </svg>
      </span>
      <span>{children}</span>
    </AriaCheckbox>
  )
}
