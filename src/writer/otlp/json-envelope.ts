import { attributesOf } from './json-attributes.ts';
import { type JsonObject, objectOf, objectsOf, textOf } from './json-fields.ts';
import type { FromResource, OtlpRequest, Scope } from './model.ts';

/** What differs between the requests of one signal and another. */
export interface JsonSignal<Item, Scoped> {
  /** The keys of the lists of resources, scopes and items. */
  readonly keys: { readonly resources: string; readonly scopes: string; readonly items: string };
  readonly itemOf: (value: JsonObject) => Item;
  readonly scoped: (scope: Scope, schemaUrl: string, items: readonly Item[]) => Scoped;
}

/** Reads a request of any signal; unknown keys are passed over, but not in silence where nothing else is there. */
export function envelopesOf<Item, Scoped>(
  body: JsonObject,
  { keys, itemOf, scoped }: JsonSignal<Item, Scoped>,
): OtlpRequest<Scoped> {
  const resources = objectsOf(body[keys.resources], keys.resources).map(
    (resource): FromResource<Scoped> => ({
      attributes: attributesOf(objectOf(resource.resource, 'resource')?.attributes),
      schemaUrl: textOf(resource.schemaUrl, 'schemaUrl'),
      scopes: objectsOf(resource[keys.scopes], keys.scopes).map((value) =>
        scoped(
          scopeOf(objectOf(value.scope, 'scope') ?? {}),
          textOf(value.schemaUrl, 'schemaUrl'),
          objectsOf(value[keys.items], keys.items).map(itemOf),
        ),
      ),
    }),
  );
  const [key] = Object.keys(body);
  if (key === undefined || Object.hasOwn(body, keys.resources)) return { resources };
  const remark = `there is nothing to store, for the body has no "${keys.resources}", but ${JSON.stringify(key.slice(0, 100))}`;
  return { resources, remark };
}

function scopeOf(value: JsonObject): Scope {
  return {
    name: textOf(value.name, 'name'),
    version: textOf(value.version, 'version'),
    attributes: attributesOf(value.attributes),
  };
}
