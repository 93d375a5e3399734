import type { ReactNode, Ref } from 'react'
import { TextField as AriaTextField, FieldError, Input, Text } from 'react-aria-components'
import styles from './Field.module.css'
import { FieldLabel, type FieldProps } from './FieldLabel.js'
import { useTooLong } from './too-long.js'

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
  maxLength,
  ...rest
}: TextFieldProps) {
  const { cutAt, tooLong } = useTooLong(rest.value, maxLength)
  const said = problem ?? tooLong
  return (
    <AriaTextField
      {...rest}
      className={styles.field ?? ''}
      isInvalid={said !== undefined}
      {...(cutAt === undefined ? {} : { maxLength: cutAt })}
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
      <FieldError className={styles.problem ?? ''}>{said}</FieldError>
    </AriaTextField>
  )
}
