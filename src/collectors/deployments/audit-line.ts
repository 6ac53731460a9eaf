import type { Micros } from '../../metric/time.ts';
import { microsFromPython } from './iso-time.ts';
import { isObject, parseJson } from './read-fields.ts';

export const auditActions = [
  'deployment_started',
  'update_rejected',
  'update_error',
  'skipped_maintenance',
  'rollback_proposed',
  'service_token_use',
] as const;
export type AuditAction = (typeof auditActions)[number];

/** One line of the audit log, without its texts. */
export interface AuditLine {
  readonly time: Micros;
  /** Undefined where it says nothing that is counted. */
  readonly noted: { readonly action: AuditAction; readonly deploymentId: string } | undefined;
}

const idPattern = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$/;

/** Undefined for what is no line of the log. */
export function readAuditLine(text: string): AuditLine | undefined {
  const line = parseJson(text);
  if (!isObject(line) || typeof line.timestamp !== 'string' || typeof line.action !== 'string')
    return undefined;
  const time = microsFromPython(line.timestamp);
  if (time === undefined) return undefined;
  if (line.type === 'service_token_use') {
    // The action of these lines names the deployment: `deployment_<uuid>`. Others were no part of one.
    const deploymentId = /^deployment_(.*)$/.exec(line.action)?.[1];
    if (deploymentId === undefined) {
      return /^[a-z][\w-]{0,99}$/.test(line.action) ? { time, noted: undefined } : undefined;
    }
    return idPattern.test(deploymentId)
      ? { time, noted: { action: 'service_token_use', deploymentId } }
      : undefined;
  }
  if (line.type !== undefined) return undefined;
  if (!/^[a-z_]{1,64}$/.test(line.action)) return undefined;
  const action = auditActions.find((known) => known === line.action);
  if (action === undefined) return { time, noted: undefined };
  const { deployment_id: deploymentId } = line;
  if (typeof deploymentId !== 'string' || !idPattern.test(deploymentId)) return undefined;
  return { time, noted: { action, deploymentId } };
}
