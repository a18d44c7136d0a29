import type { ComponentType } from 'react';
import {
  DateField,
  File,
  Image,
  Link,
  Placeholder,
  RichText,
  Text,
} from '@sitecore-jss/sitecore-jss-nextjs';

type Props = { fields: any; rendering: any; params?: any };

const components: Record<string, ComponentType<any>> = {
  ContentBlock: ({ fields }: Props) => (
    <div className="content-block">
      <Text tag="h2" className="heading" field={fields.heading} />
      <RichText className="content" field={fields.content} />
    </div>
  ),
  HeroBanner: ({ fields }: Props) => (
    <header className="hero-banner">
      <Image field={fields.image} />
      <Text tag="h1" field={fields.title} />
      <Text tag="p" field={fields.subtitle} />
      <Link className="cta" field={fields.cta} />
    </header>
  ),
  ImageCaption: ({ fields }: Props) => (
    <figure className="image-caption">
      <Image field={fields.image} />
      <figcaption>
        <Text field={fields.caption} />
      </figcaption>
    </figure>
  ),
  LinkList: ({ fields }: Props) => (
    <ul className="link-list">
      {fields.items.map((item: any) => (
        <li key={item.id}>
          <Link field={item.fields.link} />
        </li>
      ))}
    </ul>
  ),
  DateLine: ({ fields }: Props) => (
    <p className="date-line">
      <DateField
        tag="time"
        field={fields.date}
        render={(date) => (date ? date.toISOString().slice(0, 10) : '')}
      />
    </p>
  ),
  FileDownload: ({ fields }: Props) => (
    <p className="file-download">
      <File field={fields.file} />
    </p>
  ),
  Section: ({ rendering, params }: Props) => (
    <section className={params?.styles}>
      <Placeholder name="jss-section" rendering={rendering} />
    </section>
  ),
  TwoColumns: ({ rendering }: Props) => (
    <div className="two-columns">
      <div className="left">
        <Placeholder name="jss-left" rendering={rendering} />
      </div>
      <div className="right">
        <Placeholder name="jss-right" rendering={rendering} />
      </div>
    </div>
  ),
};

export const componentFactory = (name: string) => components[name] ?? null;
