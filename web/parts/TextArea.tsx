import { type Ref, useLayoutEffect, useRef } from 'react'
import { TextArea as AriaTextArea, TextField as AriaTextField, FieldError, Text } from 'react-aria-components'
import styles from './Field.module.css'
import { FieldLabel, type FieldProps } from './FieldLabel.js'
import { useTooLong } from './too-long.js'

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
  maxLength,
  ...rest
}: TextAreaProps) {
  const { cutAt, tooLong } = useTooLong(rest.value, maxLength)
  const said = problem ?? tooLong
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
      isInvalid={said !== undefined}
      {...(cutAt === undefined ? {} : { maxLength: cutAt })}
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
      <FieldError className={styles.problem ?? ''}>{said}</FieldError>
    </AriaTextField>
  )
}
