/** The versions that are simulated, oldest first; each answers in its own shape. */
export const agentVersions = [
  '1.1.9',
  '1.9.4-stable',
  '2.0.0-stable',
  '2.7.6-stable',
  '2.8.13-stable',
  '2.9.33-stable',
] as const;

export type AgentVersion = (typeof agentVersions)[number];

/** What a version says differently from the others. */
export interface VersionShape {
  readonly codeName: string;
  readonly codeHash: string;
  /** Answers `/health`, and if so, whether with a description of its storage. */
  readonly rootHealth: 'absent' | 'plain' | 'with_storage';
  readonly startupStatus: boolean;
  /** `warnings` and `degraded_mode` in health. */
  readonly warnings: boolean;
  /** What health says while the processor does not stand yet. */
  readonly statusWhileStarting: 'healthy' | 'initializing';
  /** `overview` knows the cognitive state. */
  readonly overviewState: boolean;
  readonly overviewDisk: boolean;
  /** Token holders may ask 60 times a minute. */
  readonly rateLimit: boolean;
  /** The bus services speak of messages and queues, or each of its own subject only. */
  readonly busFigures: 'own' | 'common';
  /** With a model behind it the LLM service tells of its breaker, without one it does not. */
  readonly llm: 'mock' | 'real';
  /** Whether the bus names its busiest service with an object id. */
  readonly busiestHasId: boolean;
  /** Name of the service that is listed and not counted. */
  readonly accord: string | undefined;
  /** How many providers of these types health names. */
  readonly providers: { readonly tool: number; readonly wiseAuthority: number };
  /** Services that `unified` takes from the registry: `#` stands for an object id, and `!` before a name for one that is unhealthy. */
  readonly registered: readonly string[];
  readonly healthyServices: number;
  readonly degradedServices: number;
}

const common = {
  codeName: 'Context Engineering',
  rootHealth: 'absent',
  startupStatus: false,
  warnings: false,
  statusWhileStarting: 'healthy',
  overviewState: true,
  overviewDisk: false,
  rateLimit: true,
  busFigures: 'common',
  llm: 'mock',
  busiestHasId: true,
  accord: 'accord_metrics',
  healthyServices: 22,
  degradedServices: 0,
} as const;

const newer = {
  ...common,
  rootHealth: 'with_storage',
  startupStatus: true,
  warnings: true,
  overviewDisk: true,
  busiestHasId: false,
} as const;

const allUnhealthy = [
  '!WISE_AUTHORITY_authentication_#',
  '!TOOL_api_tool',
  '!TOOL_cirisverify_#_#',
  '!TOOL_coretool_#',
  '!TOOL_consent_#',
  '!TOOL_cirisverify_#_#',
  '!TOOL_wallettool_#_#',
  '!TOOL_wallettool_#_#',
  '!COMMUNICATION_api_#',
  '!RUNTIME_CONTROL_api_runtime',
] as const;

export const shapes: Readonly<Record<AgentVersion, VersionShape>> = {
  '1.1.9': {
    ...common,
    codeName: 'Stable Foundation',
    codeHash: '1a9c0de00119',
    overviewState: false,
    rateLimit: false,
    busFigures: 'own',
    accord: undefined,
    providers: { tool: 3, wiseAuthority: 1 },
    registered: [
      'TOOL_api_tool',
      'TOOL_consent_#_#',
      'TOOL_consent_#_#',
      'COMMUNICATION_api_#',
      'RUNTIME_CONTROL_api_runtime',
    ],
    healthyServices: 17,
    degradedServices: 2,
  },
  '1.9.4-stable': {
    ...common,
    codeHash: '1a9c0de00194',
    accord: 'covenant_metrics',
    providers: { tool: 10, wiseAuthority: 1 },
    registered: [
      'TOOL_api_tool',
      'TOOL_coretool_#_#',
      'TOOL_consent_#_#',
      'TOOL_coretool_#_#',
      'TOOL_consent_#_#',
      '!TOOL_openaiimagegentool_#_#',
      '!TOOL_tmuxtool_#_#',
      '!TOOL_openaiwhisperapitool_#_#',
      '!TOOL_navigationtool_#_#',
      '!TOOL_skillcreatortool_#_#',
      '!TOOL_weathertool_#_#',
      '!TOOL_weathertool_#_#',
      'COMMUNICATION_api_#',
      'COMMUNICATION_api_#',
      'RUNTIME_CONTROL_api_runtime',
    ],
  },
  '2.0.0-stable': {
    ...common,
    codeHash: '1a9c0de00200',
    providers: { tool: 4, wiseAuthority: 1 },
    registered: [
      'TOOL_api_tool',
      '!TOOL_cirisverify_#_#',
      'TOOL_coretool_#_#',
      'TOOL_consent_#_#',
      'TOOL_coretool_#_#',
      'TOOL_consent_#_#',
      '!TOOL_cirisverify_#_#',
      'COMMUNICATION_api_#',
      'COMMUNICATION_api_#',
      'RUNTIME_CONTROL_api_runtime',
    ],
  },
  '2.7.6-stable': {
    ...newer,
    codeHash: '1a9c0de00276',
    rootHealth: 'plain',
    providers: { tool: 5, wiseAuthority: 2 },
    registered: allUnhealthy,
  },
  '2.8.13-stable': {
    ...newer,
    codeHash: '1a9c0de02813',
    providers: { tool: 5, wiseAuthority: 2 },
    registered: allUnhealthy,
  },
  '2.9.33-stable': {
    ...newer,
    codeHash: '1a9c0de02933',
    statusWhileStarting: 'initializing',
    llm: 'real',
    providers: { tool: 5, wiseAuthority: 3 },
    registered: [
      '!WISE_AUTHORITY_authentication_#',
      'WISE_AUTHORITY_accordmetrics_#_#',
      'WISE_AUTHORITY_accordmetrics_#_#',
      '!LLM_local_primary_#',
      '!TOOL_api_tool',
      'TOOL_cirisverify_#_#',
      '!TOOL_coretool_#',
      '!TOOL_consent_#',
      'TOOL_cirisverify_#_#',
      'TOOL_wallettool_#_#',
      'TOOL_wallettool_#_#',
      '!COMMUNICATION_api_#',
      '!RUNTIME_CONTROL_api_runtime',
    ],
  },
};
