import { attributesOf } from './json-attributes.ts';
import { type JsonObject, objectOf, objectsOf, textOf } from './json-fields.ts';
import type { FromResource, OtlpRequest, Scope } from './model.ts';

/** What differs between the requests of one signal and another. */
export interface JsonSignal<Item, Scoped> {
  /** The keys of the lists of resources, scopes and items. */
  readonly keys: { readonly resources: string; readonly scopes: string; readonly items: string };
  readonly itemOf: (value: JsonObject) => Item;
  /** What the sender should know of an item that is a valid one. */
  readonly remarkOf?: (value: JsonObject) => string | undefined;
  readonly scoped: (scope: Scope, schemaUrl: string, items: readonly Item[]) => Scoped;
}

/** Reads a request of any signal; unknown keys are passed over, but not in silence where they stand in the place of a list. */
export function envelopesOf<Item, Scoped>(
  body: JsonObject,
  { keys, itemOf, remarkOf, scoped }: JsonSignal<Item, Scoped>,
): OtlpRequest<Scoped> {
  let remark = strangerIn(body, 'the body', keys.resources);
  const resources = objectsOf(body[keys.resources], keys.resources).map((resource): FromResource<Scoped> => {
    remark ??= strangerIn(resource, 'a resource', keys.scopes);
    return {
      attributes: attributesOf(objectOf(resource.resource, 'resource')?.attributes),
      schemaUrl: textOf(resource.schemaUrl, 'schemaUrl'),
      scopes: objectsOf(resource[keys.scopes], keys.scopes).map((value) => {
        remark ??= strangerIn(value, 'a scope', keys.items);
        return scoped(
          scopeOf(objectOf(value.scope, 'scope') ?? {}),
          textOf(value.schemaUrl, 'schemaUrl'),
          objectsOf(value[keys.items], keys.items).map((item) => {
            remark ??= remarkOf?.(item);
            return itemOf(item);
          }),
        );
      }),
    };
  });
  return remark === undefined ? { resources } : { resources, remark };
}

/** What may stand beside a list. */
const besideLists: readonly string[] = [
  'resource',
  'scope',
  'schemaUrl',
  'aggregationTemporality',
  'isMonotonic',
];

/** What to say of an object that lacks its list and has something else instead, as older senders and those of another spelling do. */
export function strangerIn(value: JsonObject, what: string, list: string): string | undefined {
  if (Object.hasOwn(value, list)) return undefined;
  const key = Object.keys(value).find((name) => !besideLists.includes(name));
  if (key === undefined) return undefined;
  return `nothing of ${what} is stored, for it has no "${list}", but ${JSON.stringify(key.slice(0, 100))}`;
}

function scopeOf(value: JsonObject): Scope {
  return {
    name: textOf(value.name, 'name'),
    version: textOf(value.version, 'version'),
    attributes: attributesOf(value.attributes),
  };
}
